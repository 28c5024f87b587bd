// Which network between the guests one has a card in: lan0 to lan7, or none.

using System;

namespace MinusOne.Efi.Options;

internal static class NetworkName
{
    private const byte Networks = 8;

    // Counted from 1; 0: none.
    public static byte NumberOf(OptionText options, byte otherwise) =>
        options.TryGet("net"u8, out ReadOnlySpan<byte> text) && TryParse(text, out byte number) ? number : otherwise;

    public static bool TryParse(ReadOnlySpan<byte> text, out byte number)
    {
        number = 0;
        if (text.SequenceEqual("none"u8))
        {
            return true;
        }

        bool isName = text.Length == 4 && text.StartsWith("lan"u8) && text[3] - '0' is >= 0 and < Networks;
        number = isName ? (byte)(text[3] - '0' + 1) : (byte)0;
        return isName;
    }
}
