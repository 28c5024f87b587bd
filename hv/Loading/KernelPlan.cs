// What becomes of a kernel file: checked before anything is written, so that a file is loaded whole or not at all.
namespace MinusOne.Hv.Loading;

internal struct KernelPlan
{
    public LoadStatus Status;
    public ImageKind Kind;

    // Entered by way of the BIOS, not directly in protected mode.
    public bool ThroughBios;

    // The address or size that the status is about; 0 if there is none.
    public ulong Culprit;

    // From the lowest address that is loaded to behind the bss.
    public Gpa Start;
    public Gpa End;
    public Gpa Entry;

    // The part of the file that is loaded at Start, unless it is ELF.
    public ulong Offset;
    public ulong Bytes;

    // A Linux kernel that is entered in long mode.
    public bool IsWide;

    // The addresses of what the kernel is told (the information of multiboot or PVH, the parameters of Linux), ELF's
    // section headers and the initial RAM disk, behind which modules follow; 0 without.
    public Gpa Information;
    public Gpa Sections;
    public Gpa Initrd;

    // How much the information takes, unless it has its page.
    public ulong InformationBytes;

    // The contents of the sections that no segment brings.
    public Gpa SectionContents;

    // A relocatable kernel: how far it lies from where it is linked, modulo 2^64.
    public ulong Shift;
    public bool IsRelocatable;

    // The first version of multiboot.
    public readonly bool IsMultiboot => Kind is ImageKind.MultibootFlat or ImageKind.MultibootElf;

    public readonly bool IsElf => Kind is ImageKind.MultibootElf or ImageKind.Multiboot2Elf or ImageKind.Pvh;

    // It is given a command line and modules, unless it is Linux.
    public readonly bool IsTold =>
        Kind is not (ImageKind.Bios or ImageKind.Firmware or ImageKind.Flat or ImageKind.Linux);

    // True if some of these bytes lie between Start and End.
    public readonly bool Covers(ulong start, ulong bytes) => start < End.Value && start + bytes > Start.Value;

    public LoadStatus Refuse(LoadStatus status, ulong culprit = 0)
    {
        Culprit = culprit;
        return status;
    }

    // Takes a range of guest memory into the image, if it may go there.
    public LoadStatus Cover(ulong start, ulong end, ulong memory)
    {
        if (start >= memory || end > memory || end < start)
        {
            return start >= memory ? Refuse(LoadStatus.LoadOutside, start) : Refuse(LoadStatus.EndOutside, end);
        }

        if (ThroughBios && start < KernelLayout.ReservedEnd && end > KernelLayout.Reserved)
        {
            return Refuse(LoadStatus.Overlap, start);
        }

        Start = new Gpa(End.Value == 0 || start < Start.Value ? start : Start.Value);
        End = new Gpa(end > End.Value ? end : End.Value);
        return LoadStatus.Ready;
    }
}

// The addresses that a loaded kernel meets. NimbOS leaves 6000-8FFF to the BIOS and begins at 200000; a multiboot
// kernel copies what it wants to keep of its information before it uses the memory.
internal static class KernelLayout
{
    // The page below the BIOS's stack pointer is the first that a kernel entered through it may not be loaded to.
    public const ulong Reserved = 0x6000;
    public const ulong StackTop = 0x7000;

    // GUEST_BIOS of the tutorial: one page, entered in real mode.
    public const ulong Bios = 0x8000;
    public const ulong BiosBytes = 0x1000;

    public const ulong ReservedEnd = Bios + BiosBytes;

    // A BIOS of more than that ends at 4 GiB, where a processor begins: in real mode, 16 bytes before the end. Its last
    // part is below 1 MiB as well, in RAM. SeaBIOS wants up to 256 KiB of itself there.
    public const ulong FirmwareEnd = 0x1_0000_0000;
    public const ulong MostFirmware = 0x100_0000;
    public const ulong FirmwareShadow = 0x4_0000;
    public const ulong ResetBase = 0xFFFF_0000;
    public const ulong ResetOffset = 0xFFF0;

    // The multiboot information, unless the kernel itself lies there: one page.
    public const ulong Information = 0x9000;
    public const ulong InformationBytes = 0x1000;
    public const ulong LeastMemory = Information + InformationBytes;

    // What leads to a Linux kernel (guests/Bios/LinuxEntry.cs) takes the page of the BIOS and the page tables behind
    // the parameters; the command line stands behind those.
    public const ulong CommandLine = 0x1_0000;
    public const ulong CommandLineBytes = 0x1_0000;

    // The 64-bit entry of a Linux kernel stands so far behind its beginning.
    public const ulong WideEntry = 0x200;

    // GUEST_ENTRY of the tutorial.
    public const ulong NimbOs = 0x20_0000;

    // What a PC calls its base memory ends here.
    public const ulong LowEnd = 0xA_0000;

    // Sections and modules go behind the kernel, but not below this.
    public const ulong HighMemory = 0x10_0000;

    public const ulong MostFileBytes = 0x4000_0000;
}
