// Turns UEFI load options into option lines. What a shell passes begins with the program's own name, what a boot entry
// passes does not: a first word that ends in .efi is dropped. Words without `=` name guests and are gathered in the
// line `run`. Quotes keep blanks together: cmdline="console=ttyS0 quiet".

using System;

namespace MinusOne.Efi.Options;

internal static class LoadOptions
{
    // Writes at most `lines.Length` bytes and returns how many; what does not fit is dropped from the end.
    public static int ToLines(ReadOnlySpan<char> words, Span<byte> lines)
    {
        var writer = new Lines(lines);
        writer.Add("run = "u8);
        ForEachWord(words, namesOnly: true, ref writer);
        writer.Add("\n"u8);
        ForEachWord(words, namesOnly: false, ref writer);
        return writer.Length;
    }

    private static void ForEachWord(ReadOnlySpan<char> words, bool namesOnly, ref Lines writer)
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
            if (isPair != namesOnly && !(first && IsProgramName(word)))
            {
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

    private static bool IsProgramName(ReadOnlySpan<char> word) =>
        word.Length >= 4 && word[word.Length - 4] == '.' && (word[word.Length - 3] | 0x20) == 'e' &&
        (word[word.Length - 2] | 0x20) == 'f' && (word[word.Length - 1] | 0x20) == 'i';

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
