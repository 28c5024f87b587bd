// What a server tells of a file before it sends it. RFC 9110, 8.6 Content-Length.

using System;

namespace MinusOne.Efi.Firmware;

internal static unsafe class HttpHeaders
{
    private const int MostDigits = 12;

    private static ReadOnlySpan<byte> LengthName => "content-length"u8;

    public static bool TryLength(HttpHeader* headers, ulong count, out ulong length)
    {
        length = 0;
        for (ulong i = 0; headers != null && i < count; i++)
        {
            if (IsLength(headers[i].Name))
            {
                return TryNumber(headers[i].Value, out length);
            }
        }

        return false;
    }

    private static bool IsLength(byte* name)
    {
        for (int i = 0; i < LengthName.Length; i++)
        {
            if (name == null || (name[i] | 0x20) != LengthName[i])
            {
                return false;
            }
        }

        return name[LengthName.Length] == 0;
    }

    private static bool TryNumber(byte* text, out ulong number)
    {
        number = 0;
        int digits = 0;
        for (; text != null && text[digits] is >= (byte)'0' and <= (byte)'9' && digits < MostDigits; digits++)
        {
            number = (number * 10) + (uint)(text[digits] - '0');
        }

        return digits != 0 && text[digits] == 0;
    }
}
