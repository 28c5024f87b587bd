// Undoes what guests/Emit/Packer.cs did: literal runs and copies of what came before.

using System;

namespace MinusOne.Efi;

internal static class Unpacker
{
    private const int ShortestCopy = 4;

    // False if the data would run over either end.
    public static bool TryUnpack(ReadOnlySpan<byte> packed, Span<byte> data)
    {
        int from = 0;
        int to = 0;
        while (to < data.Length)
        {
            int control = from < packed.Length ? packed[from++] : 0;
            int length = control < 0x80 ? control + 1 : (control & 0x7F) + ShortestCopy;
            int wanted = control < 0x80 ? length : 2;
            if (length > data.Length - to || wanted > packed.Length - from)
            {
                return false;
            }

            if (control < 0x80)
            {
                packed.Slice(from, length).CopyTo(data.Slice(to));
            }
            else
            {
                int distance = packed[from] | (packed[from + 1] << 8);
                if (distance == 0 || distance > to)
                {
                    return false;
                }

                // Byte by byte: a copy may begin in what it writes.
                for (int i = 0; i < length; i++)
                {
                    data[to + i] = data[to + i - distance];
                }
            }

            from += wanted;
            to += length;
        }

        return true;
    }
}
