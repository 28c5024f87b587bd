// What a kernel file is, or why it cannot be loaded, in one sentence each.
namespace MinusOne.Hv.Loading;

// What it is, as far as it can be run.
internal enum ImageKind : byte
{
    None,

    // In real mode.
    [Says("a BIOS alone")] Bios,

    // From the reset vector below 4 GiB.
    [Says("firmware that ends at 4 GiB")] Firmware,

    // Loaded and entered where the user says.
    [Says("flat binary")] Flat,

    // As NimbOS is.
    [Says("multiboot image with addresses in its header")] MultibootFlat,

    // The program headers say what goes where.
    [Says("multiboot image in ELF")] MultibootElf,

    // The same with the headers of multiboot 2.
    [Says("multiboot 2 image with addresses in its header")] Multiboot2Flat,
    [Says("multiboot 2 image in ELF")] Multiboot2Elf,

    // Entered as Xen enters a PVH guest.
    [Says("ELF with an entry for PVH")] Pvh,

    // Loaded by the boot protocol of x86.
    [Says("Linux")] Linux,
}

internal enum LoadStatus : byte
{
    Ready,

    // What it is instead.
    [Says("there is no such file")] NoFile,
    [Says("it is empty")] Empty,
    [Says("it is a Linux kernel for another processor")] ForeignLinux,
    [Says("it has a multiboot 2 header whose checksum is wrong")] Multiboot2,
    [Says("it is ELF without a multiboot header (1: in 8 KiB, 2: in 32 KiB) or an entry for PVH")] Elf,
    [Says("it is compressed with gzip; unpack it first")] Gzip,
    [Says("it is compressed with xz; unpack it first")] Xz,
    [Says("it is compressed with zstd; unpack it first")] Zstandard,
    [Says("it is a PE program, for UEFI or Windows")] Pe,
    [Says("it is text")] Text,
    [Says("it has no header that says what it is; a flat binary wants entry=ADDRESS")] Unknown,
    [Says("it is multiboot but not NimbOS, which is loaded and entered at 0x200000")] NotNimbOs,

    // What is wrong with it.
    [Says("it is larger than the guest's memory")] TooBig,
    [Says("it ends before what its headers promise")] Truncated,
    [Says("its multiboot header demands what is not there (a video mode, unknown flags or tags)")] HeaderWantsMore,
    [Says("the addresses in its multiboot header contradict each other")] HeaderAddresses,
    [Says("its multiboot 2 header is for another processor")] Multiboot2Machine,
    [Says("the tags of its multiboot 2 header are broken")] Multiboot2Tags,
    [Says("it is not ELF, so its multiboot 2 header must say by tags where it lies and is entered")]
    Multiboot2Addresses,
    [Says("the alignment in its multiboot 2 header is no power of 2")] Multiboot2Alignment,
    [Says("its multiboot 2 header requires to be told what nobody here knows")] Multiboot2Request,
    [Says("its multiboot 2 header allows no address where it fits the guest's memory")] Multiboot2Room,
    [Says("its ELF note with the entry for PVH is broken")] PvhNote,
    [Says("its ELF header is broken")] ElfBroken,
    [Says("it is ELF for another processor")] ElfMachine,
    [Says("it is ELF but no executable")] ElfNotExecutable,
    [Says("it is ELF without anything to load")] NoSegment,
    [Says("it is a Linux kernel with a boot protocol older than 2.06")] LinuxTooOld,
    [Says("it is a 16-bit-only Linux kernel (zImage); a bzImage is what is loaded")] LinuxRealMode,
    [Says("its kernel_alignment is no power of 2")] LinuxHeader,
    [Says("memory ends before what it needs to begin (pref_address, init_size); give more")] LinuxMemory,
    [Says("its load address is outside the guest's memory")] LoadOutside,
    [Says("its end, bss included, is outside the guest's memory")] EndOutside,
    [Says("its entry is outside what is loaded")] EntryOutside,
    [Says("it overlaps the BIOS and its stack, 0x6000-0x8FFF")] Overlap,

    // What is wrong with the rest.
    [Says("the BIOS is empty")] BiosEmpty,
    [Says("the BIOS is larger than its page of 4096 bytes, and not whole pages of it, up to 16 MiB")] BiosTooBig,
    [Says("a BIOS of more than 4096 bytes starts what it finds on disks; leave the kernel out")] FirmwareKernel,
    [Says("the command line is too long, or it and the modules' strings together")] CommandLineTooLong,
    [Says("the initial RAM disk is empty")] InitrdEmpty,
    [Says("one of its modules is empty; leave it out")] ModuleEmpty,
    [Says("the guest's memory has no room behind it for what it is told and given")] NoRoomBehind,
    [Says("only a kernel for multiboot, PVH or Linux takes a command line, a RAM disk or modules")] NobodyToTell,
    [Says("a Linux kernel is not entered through a BIOS; leave bios out")] LinuxBios,
    [Says("a Linux kernel takes no modules; what it begins with goes into one initrd")] LinuxModules,
    [Says("no memory left for it")] NoFrames,
}
