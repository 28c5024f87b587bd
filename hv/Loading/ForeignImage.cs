// What a file is that cannot be loaded: the first bytes of the formats that people try.
namespace MinusOne.Hv.Loading;

internal static class ForeignImage
{
    private const int LooksLikeText = 512;

    // Linux's Documentation/arch: arm64/booting.rst, riscv/boot-image-header.rst; the third is what zImage of ARM has.
    private const int WideArmOrRiscV = 0x38, NarrowArm = 0x24;
    private const uint Arm64Magic = 0x644D_5241;
    private const uint RiscVMagic = 0x0543_5352;
    private const uint ArmMagic = 0x016F_2818;

    private const ushort Mz = 0x5A4D;
    private const ushort GzipMagic = 0x8B1F;
    private const uint XzMagic = 0x587A_37FD;
    private const uint ZstandardMagic = 0xFD2F_B528;

    // Linux before PE: its images are both.
    public static LoadStatus Recognize(ReadOnlySpan<byte> file)
    {
        uint first = Read(file, 0);
        return Read(file, WideArmOrRiscV) is Arm64Magic or RiscVMagic || Read(file, NarrowArm) == ArmMagic
                ? LoadStatus.ForeignLinux
            : HasMultiboot2(file) ? LoadStatus.Multiboot2
            : first == ElfFile.Magic ? OfElf(file)
            : first == XzMagic ? LoadStatus.Xz
            : first == ZstandardMagic ? LoadStatus.Zstandard
            : (ushort)first == GzipMagic ? LoadStatus.Gzip
            : (ushort)first == Mz ? LoadStatus.Pe
            : IsText(file) ? LoadStatus.Text
            : LoadStatus.Unknown;
    }

    private static bool HasMultiboot2(ReadOnlySpan<byte> file)
    {
        int end = Math.Min(file.Length, Multiboot2Header.Searched) - Multiboot2Header.Fixed, offset = 0;
        while (offset <= end && Read(file, offset) != Multiboot2Header.Magic)
        {
            offset += 8;
        }

        return offset <= end;
    }

    // The table that ends a file is what one cut short has no more.
    private static LoadStatus OfElf(ReadOnlySpan<byte> file)
    {
        LoadStatus status = ElfFile.TryOpen(file, out _);
        return status == LoadStatus.Ready ? LoadStatus.Elf : status;
    }

    // Letters of UTF-8 count as text unless they prevail; control characters other than white space do not.
    private static bool IsText(ReadOnlySpan<byte> file)
    {
        int length = Math.Min(file.Length, LooksLikeText);
        int beyondAscii = 0;
        foreach (byte value in file.Slice(0, length))
        {
            if (value is < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\f' or (byte)'\r') or 0x7F)
            {
                return false;
            }

            beyondAscii += value >> 7;
        }

        return beyondAscii < length / 4;
    }

    private static uint Read(ReadOnlySpan<byte> file, int offset) =>
        file.Length < offset + 4 ? 0 : FileWords.Doubleword(file, offset);
}
