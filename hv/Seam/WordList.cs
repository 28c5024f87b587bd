// The words of a line, one after the other, without copying.
namespace MinusOne.Hv.Seam;

internal ref struct WordList(ReadOnlySpan<byte> line)
{
    private ReadOnlySpan<byte> _rest = line;

    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly WordList GetEnumerator() => this;

    public bool MoveNext()
    {
        int start = 0;
        while (start < _rest.Length && _rest[start] == ' ')
        {
            start++;
        }

        int end = start;
        while (end < _rest.Length && _rest[end] != ' ')
        {
            end++;
        }

        Current = _rest.Slice(start, end - start);
        _rest = _rest.Slice(end);
        return !Current.IsEmpty;
    }
}

// Words as people write them: capitals are as good as small letters.
internal static class Spelling
{
    public static bool Begin(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start)
    {
        int same = 0;
        while (same < start.Length && same < text.Length && Small(text[same]) == Small(start[same]))
        {
            same++;
        }

        return same == start.Length;
    }

    public static bool Are(ReadOnlySpan<byte> text, ReadOnlySpan<byte> other) =>
        text.Length == other.Length && Begin(text, other);

    public static bool Hold(ReadOnlySpan<byte> text, ReadOnlySpan<byte> part)
    {
        int at = 0;
        while (at < text.Length && !Begin(text.Slice(at), part))
        {
            at++;
        }

        return at < text.Length || part.IsEmpty;
    }

    // How many letters differ, are missing or are too many. Words of at most 16 letters; longer ones are far away.
    public static int Distance(ReadOnlySpan<byte> text, ReadOnlySpan<byte> other)
    {
        const int Most = 16;
        if (text.Length > Most || other.Length > Most)
        {
            return int.MaxValue;
        }

        Span<byte> row = stackalloc byte[Most + 1];
        for (int i = 0; i <= other.Length; i++)
        {
            row[i] = (byte)i;
        }

        for (int i = 1; i <= text.Length; i++)
        {
            byte corner = row[0];
            row[0] = (byte)i;
            for (int j = 1; j <= other.Length; j++)
            {
                int same = corner + (Small(text[i - 1]) == Small(other[j - 1]) ? 0 : 1);
                corner = row[j];
                row[j] = (byte)Math.Min(same, Math.Min(corner, row[j - 1]) + 1);
            }
        }

        return row[other.Length];
    }

    public static byte Small(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
}

// Constant UTF-8 as built-in guests carry it.
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct Text
{
    public readonly byte* Start;
    public readonly ulong Length;

    // A literal, which stays where it is.
    public Text(ReadOnlySpan<byte> literal)
    {
        Start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal));
        Length = (ulong)literal.Length;
    }

    public ReadOnlySpan<byte> Span => new(Start, (int)Length);
}
