// What a file is, as far as it can be run.

namespace MinusOne.Hv.Loading;

internal enum ImageKind : byte
{
    None,

    // A BIOS alone, in real mode.
    Bios,

    // Loaded and entered where the user says.
    Flat,

    // Multiboot with address fields in its header, as NimbOS has them.
    MultibootFlat,

    // Multiboot in ELF: the program headers say what goes where.
    MultibootElf,
}

internal static class ImageKinds
{
    public static ReadOnlySpan<byte> Name(ImageKind kind) => kind switch
    {
        ImageKind.Bios => "a BIOS alone"u8,
        ImageKind.Flat => "flat binary"u8,
        ImageKind.MultibootFlat => "multiboot image with addresses in its header"u8,
        _ => "multiboot image in ELF"u8,
    };
}
