// The numbers in a line of words.

using System;

namespace MinusOne.Guests.Kernel.User;

internal static class Arguments
{
    // What follows the first word.
    public static ReadOnlySpan<byte> Rest(ReadOnlySpan<byte> line)
    {
        int blank = line.IndexOf((byte)' ');
        return blank < 0 ? default : line.Slice(blank + 1);
    }

    public static ReadOnlySpan<byte> FirstWord(ReadOnlySpan<byte> line)
    {
        WordList words = new(line);
        words.MoveNext();
        return words.Current;
    }

    // The first word as a number, or the number that stands for none; false if it is something else.
    public static bool TryNumber(ReadOnlySpan<byte> line, ulong otherwise, out ulong number)
    {
        ReadOnlySpan<byte> word = FirstWord(line);
        number = word.IsEmpty ? otherwise : 0;
        foreach (byte digit in word)
        {
            if (digit is < (byte)'0' or > (byte)'9' || word.Length > 9)
            {
                return false;
            }

            number = (number * 10) + digit - '0';
        }

        return true;
    }
}
