// The options of a run, whatever they came from, as lines `key = value`. Both sources become this text, so there is one
// way to look a key up. Load options (a shell's command line, a boot entry) are words: `hello memory=64M`; a file is
// lines already.

using System;

namespace MinusOne.Efi.Options;

internal readonly ref struct OptionText
{
    private readonly ReadOnlySpan<byte> _text;

    public OptionText(ReadOnlySpan<byte> text)
    {
        _text = text;
    }

    public bool IsEmpty => _text.IsEmpty;

    public ReadOnlySpan<byte> Text => _text;

    // The last line with this key wins, as in every configuration file people are used to.
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        bool found = false;
        foreach (OptionLine line in this)
        {
            if (line.Key.SequenceEqual(key))
            {
                value = line.Value;
                found = true;
            }
        }

        return found;
    }

    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty && IsBlank(text[0]))
        {
            text = text.Slice(1);
        }

        while (!text.IsEmpty && IsBlank(text[text.Length - 1]))
        {
            text = text.Slice(0, text.Length - 1);
        }

        return text;
    }

    // What stands behind `=`, without a comment. In quotes it may have # in it.
    public static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> text)
    {
        text = Trim(text);
        if (text.IsEmpty || text[0] != '"')
        {
            return WithoutComment(text);
        }

        int end = text.Length - 1;
        while (end > 0 && text[end] != '"')
        {
            end--;
        }

        return text.Slice(1, (end == 0 ? text.Length : end) - 1);
    }

    // A comment begins with # at the beginning or behind a blank.
    public static ReadOnlySpan<byte> WithoutComment(ReadOnlySpan<byte> line)
    {
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '#' && (i == 0 || IsBlank(line[i - 1])))
            {
                return Trim(line.Slice(0, i));
            }
        }

        return Trim(line);
    }

    public Enumerator GetEnumerator() => new(_text);

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0;

    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;
        private int _number;

        public Enumerator(ReadOnlySpan<byte> text)
        {
            _rest = text;
            _number = 0;
            Current = default;
        }

        public OptionLine Current { get; private set; }

        // Blank lines and comments (# or ;) are passed over.
        public bool MoveNext()
        {
            while (!_rest.IsEmpty)
            {
                int end = _rest.IndexOf((byte)'\n');
                ReadOnlySpan<byte> line = end < 0 ? _rest : _rest.Slice(0, end);
                _rest = end < 0 ? default : _rest.Slice(end + 1);
                _number++;
                line = Trim(line);
                if (!line.IsEmpty && line[0] != '#' && line[0] != ';')
                {
                    Current = Split(line, _number);
                    return true;
                }
            }

            return false;
        }

        private static OptionLine Split(ReadOnlySpan<byte> line, int number)
        {
            int equals = line.IndexOf((byte)'=');
            return equals < 0
                ? new OptionLine(number, line, default)
                : new OptionLine(number, Trim(line.Slice(0, equals)), ValueOf(line.Slice(equals + 1)));
        }
    }
}
