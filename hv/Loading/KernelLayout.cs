// The addresses that a loaded kernel meets. NimbOS leaves 6000-8FFF to the BIOS and begins at 200000; a multiboot
// kernel copies what it wants to keep of its information before it uses the memory.

namespace MinusOne.Hv.Loading;

internal static class KernelLayout
{
    // The page below the BIOS's stack pointer is the first that a kernel entered through it may not be loaded to.
    public const ulong Reserved = 0x6000;
    public const ulong StackTop = 0x7000;

    // GUEST_BIOS of the tutorial: one page, entered in real mode.
    public const ulong Bios = 0x8000;
    public const ulong BiosBytes = 0x1000;

    public const ulong ReservedEnd = Bios + BiosBytes;

    // The multiboot information, unless the kernel itself lies there: one page.
    public const ulong Information = 0x9000;
    public const ulong InformationBytes = 0x1000;
    public const ulong LeastMemory = Information + InformationBytes;

    // GUEST_ENTRY of the tutorial.
    public const ulong NimbOs = 0x20_0000;

    // What a PC calls its base memory ends here.
    public const ulong LowEnd = 0xA_0000;

    // Sections and modules go behind the kernel, but not below this.
    public const ulong HighMemory = 0x10_0000;

    public const ulong MostFileBytes = 0x4000_0000;
}
