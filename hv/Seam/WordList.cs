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

// Constant UTF-8 as built-in guests carry it.
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct Text
{
    public readonly byte* Start;
    public readonly ulong Length;

    public ReadOnlySpan<byte> Span => new(Start, (int)Length);
}
