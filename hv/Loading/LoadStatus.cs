// Why a file cannot be loaded, in one sentence each: what it is instead, or what is wrong with it.
namespace MinusOne.Hv.Loading;

internal enum LoadStatus : byte
{
    Ready,

    // What it is instead.
    NoFile,
    Empty,
    Linux,
    Multiboot2,
    Elf,
    Gzip,
    Xz,
    Zstandard,
    Pe,
    Text,
    Unknown,
    NotNimbOs,

    // What is wrong with it.
    TooBig,
    Truncated,
    HeaderWantsMore,
    HeaderAddresses,
    ElfBroken,
    ElfMachine,
    ElfNotExecutable,
    NoSegment,
    LoadOutside,
    EndOutside,
    EntryOutside,
    Overlap,

    // What is wrong with the rest.
    BiosEmpty,
    BiosTooBig,
    CommandLineTooLong,
    InitrdEmpty,
    NoRoomBehind,
    NobodyToTell,
    NoFrames,
}

internal static class LoadStatuses
{
    public static ReadOnlySpan<byte> Sentence(LoadStatus status) => status switch
    {
        LoadStatus.NoFile => "there is no such file"u8,
        LoadStatus.Empty => "it is empty"u8,
        LoadStatus.Linux => "it is a Linux kernel (bzImage), which this version does not load"u8,
        LoadStatus.Multiboot2 => "it has a multiboot 2 header; multiboot 1 is what is understood"u8,
        LoadStatus.Elf => "it is ELF without a multiboot header in its first 8 KiB"u8,
        LoadStatus.Gzip => "it is compressed with gzip; unpack it first"u8,
        LoadStatus.Xz => "it is compressed with xz; unpack it first"u8,
        LoadStatus.Zstandard => "it is compressed with zstd; unpack it first"u8,
        LoadStatus.Pe => "it is a PE program, for UEFI or Windows"u8,
        LoadStatus.Text => "it is text"u8,
        LoadStatus.Unknown => "it has no header that says what it is; a flat binary wants entry=ADDRESS"u8,
        LoadStatus.NotNimbOs => "it is multiboot but not NimbOS, which is loaded and entered at 0x200000"u8,
        LoadStatus.TooBig => "it is larger than the guest's memory"u8,
        LoadStatus.Truncated => "it ends before what its headers promise"u8,
        LoadStatus.HeaderWantsMore =>
            "its multiboot header demands what is not there (a video mode, or unknown flags)"u8,
        LoadStatus.HeaderAddresses => "the addresses in its multiboot header contradict each other"u8,
        LoadStatus.ElfBroken => "its ELF header is broken"u8,
        LoadStatus.ElfMachine => "it is ELF for another processor"u8,
        LoadStatus.ElfNotExecutable => "it is ELF but no executable"u8,
        LoadStatus.NoSegment => "it is ELF without anything to load"u8,
        LoadStatus.LoadOutside => "its load address is outside the guest's memory"u8,
        LoadStatus.EndOutside => "its end, bss included, is outside the guest's memory"u8,
        LoadStatus.EntryOutside => "its entry is outside what is loaded"u8,
        LoadStatus.Overlap => "it overlaps the BIOS and its stack, 0x6000-0x8FFF"u8,
        LoadStatus.BiosEmpty => "the BIOS is empty"u8,
        LoadStatus.BiosTooBig => "the BIOS is larger than its page of 4096 bytes"u8,
        LoadStatus.CommandLineTooLong => "the command line is too long"u8,
        LoadStatus.InitrdEmpty => "the initial RAM disk is empty"u8,
        LoadStatus.NoRoomBehind => "the guest's memory has no room behind it for what it is told and given"u8,
        LoadStatus.NobodyToTell => "only a multiboot kernel takes a command line or an initial RAM disk"u8,
        LoadStatus.NoFrames => "no memory left for it"u8,
        _ => ""u8,
    };
}
