// Turns UEFI load options into option lines. What a shell passes begins with the program's own name, with or without
// a path, quotes and .efi; what a boot entry passes does not. A first word that is this name is dropped. Words without
// `=` name guests and are gathered in the line `run`. Quotes keep blanks together: cmdline="console=ttyS0 quiet".

using System;

namespace MinusOne.Efi.Options;

internal static class LoadOptions
{
    public const char ByteOrderMark = '\uFEFF';

    // `program` is the file that we are, if that is known. Writes at most `lines.Length` bytes and returns how many;
    // what does not fit is dropped from the end.
    public static int ToLines(ReadOnlySpan<char> words, ReadOnlySpan<char> program, Span<byte> lines)
    {
        if (!words.IsEmpty && words[0] == ByteOrderMark)
        {
            words = words.Slice(1);
        }

        var writer = new Lines(lines);
        ForEachWord(words, program, namesOnly: true, ref writer);
        writer.Add(writer.Length != 0 ? "\n"u8 : default);
        ForEachWord(words, program, namesOnly: false, ref writer);
        return writer.Length;
    }

    private static void ForEachWord(
        ReadOnlySpan<char> words, ReadOnlySpan<char> program, bool namesOnly, ref Lines writer)
    {
        int position = 0;
        bool first = true;
        while (position < words.Length && words[position] != 0)
        {
            if (words[position] is ' ' or '\t' or '\r' or '\n')
            {
                position++;
                continue;
            }

            int start = position;
            bool isPair = SkipWord(words, ref position);
            ReadOnlySpan<char> word = words.Slice(start, position - start);
            if (isPair != namesOnly && !(first && ProgramName.Is(word, program)))
            {
                writer.Add(namesOnly && writer.Length == 0 ? "run = "u8 : default);
                writer.AddWord(word, isPair);
                writer.Add(namesOnly ? " "u8 : "\n"u8);
            }

            first = false;
        }
    }

    // Moves behind the word and says whether it has the form key=value.
    private static bool SkipWord(ReadOnlySpan<char> words, ref int position)
    {
        bool quoted = false;
        bool isPair = false;
        for (; position < words.Length && words[position] != 0; position++)
        {
            char unit = words[position];
            if (unit == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && unit is ' ' or '\t' or '\r' or '\n')
            {
                break;
            }

            isPair |= unit == '=';
        }

        return isPair;
    }

    private ref struct Lines
    {
        private readonly Span<byte> _space;

        public Lines(Span<byte> space)
        {
            _space = space;
            Length = 0;
        }

        public int Length { get; private set; }

        public void Add(scoped ReadOnlySpan<byte> text)
        {
            foreach (byte value in text)
            {
                if (Length < _space.Length)
                {
                    _space[Length++] = value;
                }
            }
        }

        // A value stands in quotes of its own, for there are no comments here. What is not ASCII becomes a question
        // mark: options are names, numbers and paths.
        public void AddWord(ReadOnlySpan<char> word, bool isPair)
        {
            bool isValue = false;
            foreach (char unit in word)
            {
                if (unit != '"')
                {
                    byte value = unit is >= ' ' and < (char)0x7F ? (byte)unit : (byte)'?';
                    Add(new ReadOnlySpan<byte>(in value));
                    if (isPair && !isValue && unit == '=')
                    {
                        Add("\""u8);
                        isValue = true;
                    }
                }
            }

            Add(isValue ? "\""u8 : default);
        }
    }
}
