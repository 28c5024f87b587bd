// A configuration file that names guests: the lines before the first `[name]` belong to the run, those behind it to the
// guest of that name. All are `key = value`; guests/README.md has the keys. A line that is no good is passed over here;
// ConfigurationCheck says which.

using System;

namespace MinusOne.Efi.Options;

internal readonly ref struct Configuration
{
    private readonly ReadOnlySpan<byte> _text;

    public Configuration(ReadOnlySpan<byte> text)
    {
        _text = text;
    }

    public bool IsEmpty => _text.IsEmpty;

    // The lines of a guest, or with an empty name those of the run. False: there is no such guest.
    public bool TryGet(ReadOnlySpan<byte> name, out OptionText lines)
    {
        int from = name.IsEmpty ? 0 : -1;
        int position = 0;
        while (position < _text.Length)
        {
            int end = EndOfLine(position);
            if (IsGuest(_text.Slice(position, end - position), out ReadOnlySpan<byte> found))
            {
                if (from >= 0)
                {
                    lines = new OptionText(_text.Slice(from, position - from));
                    return true;
                }

                from = found.SequenceEqual(name) ? end : from;
            }

            position = end;
        }

        lines = from < 0 ? default : new OptionText(_text.Slice(from));
        return from >= 0;
    }

    // Which guests start by themselves, as words. Returns how many bytes were written; what does not fit is left out.
    public int Autostart(Span<byte> names) => Guests(names, isEach: false);

    // Each guest, or those that start by themselves.
    public int Guests(Span<byte> names, bool isEach)
    {
        int length = 0;
        for (int position = 0; position < _text.Length; position = EndOfLine(position))
        {
            if (IsGuest(_text.Slice(position, EndOfLine(position) - position), out ReadOnlySpan<byte> name)
                && !new Configuration(_text.Slice(0, position)).TryGet(name, out _)
                && (isEach || StartsByItself(name)) && name.Length + 1 <= names.Length - length)
            {
                name.CopyTo(names.Slice(length));
                length += name.Length;
                names[length++] = (byte)' ';
            }
        }

        return length;
    }

    private bool StartsByItself(ReadOnlySpan<byte> name) =>
        TryGet(name, out OptionText lines) && lines.TryGet("autostart"u8, out ReadOnlySpan<byte> value)
        && value.SequenceEqual("yes"u8);

    // `[name]`, and nothing behind it. A name is one word.
    public static bool IsGuest(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name)
    {
        name = default;
        line = OptionText.WithoutComment(line);
        if (line.Length < 3 || line[0] != '[' || line[line.Length - 1] != ']')
        {
            return false;
        }

        name = line.Slice(1, line.Length - 2);
        foreach (byte letter in name)
        {
            if (letter is <= (byte)' ' or (byte)'[' or (byte)']')
            {
                return false;
            }
        }

        return true;
    }

    // The position behind the line feed.
    private int EndOfLine(int position)
    {
        int length = _text.Slice(position).IndexOf((byte)'\n');
        return length < 0 ? _text.Length : position + length + 1;
    }
}
