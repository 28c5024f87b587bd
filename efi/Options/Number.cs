// Numbers and sizes as people write them: 64, 0x200000, 32M.

using System;

namespace MinusOne.Efi.Options;

internal static class Number
{
    // False for anything that is not a number from its first to its last character, or does not fit.
    public static bool TryParse(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        uint radix = 10;
        if (text.Length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x')
        {
            radix = 16;
            text = text.Slice(2);
        }

        foreach (byte character in text)
        {
            uint digit = DigitOf(character);
            if (digit >= radix || value > (ulong.MaxValue - digit) / radix)
            {
                return false;
            }

            value = (value * radix) + digit;
        }

        return !text.IsEmpty;
    }

    // A number with an optional unit K, M or G, in powers of 1024.
    public static bool TryParseSize(ReadOnlySpan<byte> text, out ulong bytes)
    {
        int shift = text.IsEmpty ? 0 : (text[text.Length - 1] | 0x20) switch
        {
            'k' => 10,
            'm' => 20,
            'g' => 30,
            _ => 0,
        };
        if (!TryParse(shift == 0 ? text : text.Slice(0, text.Length - 1), out bytes) || bytes > ulong.MaxValue >> shift)
        {
            return false;
        }

        bytes <<= shift;
        return true;
    }

    private static uint DigitOf(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => (uint)character - '0',
        >= (byte)'a' and <= (byte)'f' => (uint)character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => (uint)character - 'A' + 10,
        _ => 255,
    };
}
