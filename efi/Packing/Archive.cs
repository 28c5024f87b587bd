// Unpacks what the build packed into the image: the built-in guests, the names of functions.

using System;

namespace MinusOne.Efi.Packing;

internal static unsafe class Archive
{
    private static Room s_room;

    public static bool TryUnpack(ReadOnlySpan<byte> packed, Span<byte> data)
    {
        fixed (ushort* probabilities = s_room.Probabilities)
        {
            return Unpacker.TryUnpack(packed, data, new Span<ushort>(probabilities, PackedFormat.Contexts));
        }
    }

    private struct Room
    {
        public fixed ushort Probabilities[PackedFormat.Contexts];
    }
}
