// What an editor puts around the text of a file: a byte order mark, and UTF-16 behind it, as Notepad can save. It is
// made plain where it lies; what is not ASCII becomes a question mark.

using System;

namespace MinusOne.Efi.Options;

internal static class ConfigurationText
{
    public static ReadOnlySpan<byte> Plain(Span<byte> text)
    {
        if (text.Length >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF)
        {
            return text.Slice(3);
        }

        bool isLittle = text.Length >= 2 && text[0] == 0xFF && text[1] == 0xFE;
        bool isBig = text.Length >= 2 && text[0] == 0xFE && text[1] == 0xFF;
        if (!isLittle && !isBig)
        {
            return text;
        }

        int length = 0;
        for (int i = 2; i + 1 < text.Length; i += 2)
        {
            int unit = isLittle ? text[i] | (text[i + 1] << 8) : (text[i] << 8) | text[i + 1];
            text[length++] = unit < 0x80 ? (byte)unit : (byte)'?';
        }

        return text.Slice(0, length);
    }
}
