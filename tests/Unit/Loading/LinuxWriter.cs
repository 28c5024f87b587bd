// A Linux kernel as far as a loader looks at it: the header of the boot protocol, and bytes.

using System;
using System.Buffers.Binary;

namespace MinusOne.Tests.Loading;

internal sealed class LinuxWriter
{
    public const int SetupBytes = 0x800;

    public ushort Version { get; init; } = 0x20F;

    public byte LoadFlags { get; init; } = 1;

    public byte SetupSectors { get; init; } = 3;

    public ushort ExtraFlags { get; init; } = 1;

    public bool IsRelocatable { get; init; } = true;

    public uint Alignment { get; init; } = 0x20_0000;

    public ulong Preferred { get; init; } = 0x20_0000;

    public uint InitSize { get; init; } = 0x1_0000;

    public uint LastOfInitrd { get; init; } = 0x7FFF_FFFF;

    public uint MostCommandLine { get; init; } = 2047;

    public int Bytes { get; init; } = 0x1000;

    public byte[] ToArray()
    {
        byte[] file = new byte[((SetupSectors == 0 ? 4 : SetupSectors) + 1) * 512 + Bytes];
        new Random(1).NextBytes(file);
        Span<byte> header = file;
        header[..0x268].Clear();
        header[0x1F1] = SetupSectors;
        BinaryPrimitives.WriteUInt32LittleEndian(header[0x1F4..], (uint)(Bytes + 15) / 16);
        BinaryPrimitives.WriteUInt16LittleEndian(header[0x1FE..], 0xAA55);
        header[0x200] = 0xEB;
        header[0x201] = 0x66;
        "HdrS"u8.CopyTo(header[0x202..]);
        BinaryPrimitives.WriteUInt16LittleEndian(header[0x206..], Version);
        header[0x211] = LoadFlags;
        BinaryPrimitives.WriteUInt32LittleEndian(header[0x22C..], LastOfInitrd);
        BinaryPrimitives.WriteUInt32LittleEndian(header[0x230..], Alignment);
        header[0x234] = IsRelocatable ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(header[0x236..], ExtraFlags);
        BinaryPrimitives.WriteUInt32LittleEndian(header[0x238..], MostCommandLine);
        BinaryPrimitives.WriteUInt64LittleEndian(header[0x250..], 0x1234_5678_9ABC);
        BinaryPrimitives.WriteUInt64LittleEndian(header[0x258..], Preferred);
        BinaryPrimitives.WriteUInt32LittleEndian(header[0x260..], InitSize);
        return file;
    }
}
