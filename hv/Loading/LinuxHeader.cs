// The header of a Linux kernel, a bzImage for x86. Linux's Documentation/arch/x86/boot.rst, "The Real-Mode Kernel
// Header", boot protocol 2.06 to 2.15; later ones only add to it. The file begins with code for real mode, which is not
// run here: it is `SetupBytes` long, and the kernel proper follows.
namespace MinusOne.Hv.Loading;

internal readonly ref struct LinuxHeader
{
    // In the file as in the page of parameters.
    public const int Start = 0x1F1;

    public const int BytesOfSystemUnit = 16;
    public const ushort Oldest = 0x206;
    private const uint HdrS = 0x5372_6448;
    private const ushort BootFlagValue = 0xAA55;
    private const int SectorBytes = 512;
    private const int UsualSetupSectors = 4;

    // Places of the fields.
    private const int SetupSectors = 0x1F1, SystemSize = 0x1F4, BootFlag = 0x1FE, JumpBytes = 0x201, Magic = 0x202;
    private const int VersionAt = 0x206, LoadFlags = 0x211, InitrdMost = 0x22C, AlignmentAt = 0x230;
    private const int Relocatable = 0x234, ExtraFlags = 0x236, CommandLineSize = 0x238, PreferredAt = 0x258;
    private const int InitSizeAt = 0x260;
    private const int Bytes = 0x264;
    private const int Room = 0x290;

    private const byte LoadedHigh = 1;
    private const uint Has64BitEntry = 1;
    private const ushort WithExtraFlags = 0x20C, WithPreferredAddress = 0x20A, WithRsdp = 0x20E;

    private readonly ReadOnlySpan<byte> _file;

    public LinuxHeader(ReadOnlySpan<byte> file) => _file = file;

    public static bool IsLinux(ReadOnlySpan<byte> file) =>
        file.Length >= VersionAt && FileWords.Doubleword(file, Magic) == HdrS
        && FileWords.Word(file, BootFlag) == BootFlagValue;

    public bool IsWhole => _file.Length >= Bytes;

    public uint Version => FileWords.Word(_file, VersionAt);

    // Otherwise a zImage, whose only entry is in real mode.
    public bool IsLoadedHigh => (_file[LoadFlags] & LoadedHigh) != 0;

    public bool IsRelocatable => _file[Relocatable] != 0;
    public ulong Alignment => FileWords.Doubleword(_file, AlignmentAt);
    public ulong LastOfInitrd => FileWords.Doubleword(_file, InitrdMost);
    public ulong MostCommandLine => FileWords.Doubleword(_file, CommandLineSize);

    public bool IsWide =>
        Version >= WithExtraFlags && (FileWords.Word(_file, ExtraFlags) & Has64BitEntry) != 0;

    public bool TakesRsdp => Version >= WithRsdp;

    // 0: it has no preference.
    public ulong Preferred => Version >= WithPreferredAddress ? FileWords.Quadword(_file, PreferredAt) : 0;

    // What it needs from where it runs before it looks at the map of memory.
    public ulong InitSize => Version >= WithPreferredAddress ? FileWords.Doubleword(_file, InitSizeAt) : 0;

    public ulong SetupBytes =>
        (ulong)(((_file[SetupSectors] == 0 ? UsualSetupSectors : _file[SetupSectors]) + 1) * SectorBytes);

    public ulong SystemBytes => (ulong)FileWords.Doubleword(_file, SystemSize) * BytesOfSystemUnit;

    // The fields as they are in the file: a header says how long it is, and others' fields begin behind its room.
    public ReadOnlySpan<byte> Fields =>
        _file.Slice(Start, Math.Min(Math.Min(Magic + _file[JumpBytes], Room), _file.Length) - Start);
}
