// What firmware hands over as load options, which need not be text: UTF-16 as the specification has it, ASCII as
// efibootmgr writes it, a whole boot entry (EFI_LOAD_OPTION) as Dell's firmware does, with the options at its end, or
// bytes of somebody else's. UEFI specification 3.1.3 Load Options, 10.3.1 Generic Device Path Structures.

using System;

namespace MinusOne.Efi.Options;

internal static class LoadOptionBytes
{
    public const int NoText = -1;

    private const int EntryHeader = 6;
    private const byte EndNode = 0x7F;
    private const byte EndOfPath = 0xFF;
    private const int NodeHeader = 4;

    // No letter of a European language; an ASCII text read as UTF-16 is full of them.
    private const char FarLetter = '\u3000';

    // Writes the text as UTF-16 and returns how many units it has, at most as many as there are bytes.
    public static int ToUnits(ReadOnlySpan<byte> bytes, Span<char> units)
    {
        ReadOnlySpan<byte> options = OfEntry(bytes, out int start) ? bytes.Slice(start) : bytes;
        int length = ToUnits(options, 2, units);
        return length != NoText ? length : ToUnits(options, 1, units);
    }

    // Up to the first NUL.
    private static int ToUnits(ReadOnlySpan<byte> bytes, int size, Span<char> units)
    {
        int length = 0;
        for (int i = 0; i + size <= bytes.Length; i += size)
        {
            var unit = (char)(bytes[i] | (size == 2 ? bytes[i + 1] << 8 : 0));
            if (unit == 0)
            {
                return length;
            }

            bool isText = unit is >= ' ' and not (char)0x7F or '\t' or '\r' or '\n';
            if (!isText || (unit >= FarLetter && unit != LoadOptions.ByteOrderMark) || (size == 1 && unit > 0x7F))
            {
                return NoText;
            }

            units[length++] = unit;
        }

        return bytes.Length % size == 0 ? length : NoText;
    }

    // Attributes, the length of the paths, a description, the paths, whose last node is where that length says, and
    // what is behind them.
    private static bool OfEntry(ReadOnlySpan<byte> bytes, out int start)
    {
        start = EntryHeader;
        if (bytes.Length < EntryHeader)
        {
            return false;
        }

        int pathBytes = bytes[4] | (bytes[5] << 8);
        while (start + 2 <= bytes.Length && (bytes[start] | bytes[start + 1]) != 0)
        {
            start += 2;
        }

        int path = start + 2;
        start = path + pathBytes;
        if (pathBytes < NodeHeader || start > bytes.Length)
        {
            return false;
        }

        bool isEnd = false;
        while (path + NodeHeader <= start)
        {
            int length = bytes[path + 2] | (bytes[path + 3] << 8);
            isEnd = bytes[path] == EndNode && bytes[path + 1] == EndOfPath;
            if (length < NodeHeader)
            {
                return false;
            }

            path += length;
        }

        return isEnd && path == start;
    }
}
