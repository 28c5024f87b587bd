// Where the parts of the kernel's own image are: the table in its first page (Stubs/FlatImage.cs).

using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Boot;

internal static unsafe class ImageLayout
{
    public const ulong Start = 0x20_0000;

    public static ulong CodeEnd => Table->CodeEnd;

    public static ulong ReadOnlyEnd => Table->ReadOnlyEnd;

    // Behind the stack and the tables of the boot.
    public static ulong End => Table->End;

    private static ImageTable* Table => (ImageTable*)(Start + ImageTable.Offset);
}
