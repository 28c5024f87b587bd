// The names that reports print. They come packed (Stubs/NameArchive.cs) and are laid out when the first is wanted: in a
// panic, or when an entry fails.

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using MinusOne.Efi.Packing;

namespace MinusOne.Efi.Host;

internal static unsafe class NameArchive
{
    private static bool s_unpacked;
    private static Room s_room;

    // Where a table starts, null if the archive is damaged.
    public static byte* Table(int number)
    {
        var archive = (uint*)Packed();
        fixed (byte* room = s_room.Bytes)
        {
            s_unpacked = s_unpacked
                || Archive.TryUnpack(
                    new ReadOnlySpan<byte>(archive + 2, (int)archive[1]), new Span<byte>(room, (int)archive[0]));
            return s_unpacked ? room + ((uint*)room)[number] : null;
        }
    }

    // The text that ends before the next zero.
    public static ReadOnlySpan<byte> TextAt(byte* start)
    {
        int length = 0;
        while (start[length] != 0)
        {
            length++;
        }

        return new ReadOnlySpan<byte>(start, length);
    }

    // Two lengths, laid out and packed, and the packed bytes.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "NameArchiveAddress")]
    private static extern byte* Packed();

    private struct Room
    {
        public fixed byte Bytes[PackedFormat.MostNameBytes];
    }
}
