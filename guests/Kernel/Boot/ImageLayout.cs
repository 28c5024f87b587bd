// The parts of the kernel's own image: the table in its first page (Stubs/FlatImage.cs).

using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Boot;

internal static unsafe class ImageLayout
{
    public const ulong Start = 0x20_0000;

    public static ulong CodeEnd => Table->CodeEnd;

    public static ulong ReadOnlyEnd => Table->ReadOnlyEnd;

    // The first byte behind the stack and the tables of the boot.
    public static ulong End => Table->End;

    private static ImageTable* Table => (ImageTable*)(Start + ImageTable.Offset);
}
