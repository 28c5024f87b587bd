// Texts and tables of the source come packed (Stubs/ConstantPacker.cs), and are laid out before anything else: until
// then every "..."u8 is zeros.

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using MinusOne.Efi.Packing;

namespace MinusOne.Efi;

internal static unsafe class Constants
{
    // False: the image is damaged.
    public static bool TryUnpack()
    {
        uint* archive = Packed();
        return archive[0] == 0
            || Archive.TryUnpack(
                new ReadOnlySpan<byte>(archive + 2, (int)archive[1]), new Span<byte>(Room(), (int)archive[0]));
    }

    // Two lengths, laid out and packed, and the packed bytes.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "PackedConstantsAddress")]
    private static extern uint* Packed();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ConstantsAddress")]
    private static extern byte* Room();
}
