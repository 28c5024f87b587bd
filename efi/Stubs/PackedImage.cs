// A linked image as the loader (efi/Loader) carries it: laid out in memory as firmware would have done it, and packed.
// Two lengths, laid out and packed, and the packed bytes; a function says where they are. And the one instruction that
// the loader needs and C# has not: it notes when it began.

using System;
using System.Buffers.Binary;
using MinusOne.Efi.Packing;
using MinusOne.Efi.Stubs.Packing;

namespace MinusOne.Efi.Stubs;

internal static unsafe class PackedImage
{
    public const string Address = "PackedImageAddress";
    public const string ReadTsc = "LoaderTsc";

    private const string Name = "PackedImage";
    private const int OptionalHeader = 24;
    private const int SectionHeaderSize = 40;

    public static byte[] ToObject(byte[] pe)
    {
        byte[] plain = LaidOut(pe);
        fixed (byte* start = plain)
        {
            RelativeAddresses.ToPlaces(start, plain.Length);
        }

        byte[] packed = Packer.Pack(plain);
        byte[] content = [.. BitConverter.GetBytes(plain.Length), .. BitConverter.GetBytes(packed.Length), .. packed];
        var coff = new CoffObject();
        coff.Define(Name, coff.AddSection(".rdata", SectionFlags.ReadOnlyData, content), 0);
        coff.AddAddressFunction(Address, Name);

        // rdtsc; shl rdx, 32; or rax, rdx; ret
        byte[] readTsc = [0x0F, 0x31, 0x48, 0xC1, 0xE2, 0x20, 0x48, 0x09, 0xD0, 0xC3];
        coff.Define(ReadTsc, coff.AddSection(".text", SectionFlags.Code, readTsc), 0);
        return coff.ToArray();
    }

    // Headers and sections at their addresses, zeros between and behind them.
    public static byte[] LaidOut(byte[] pe)
    {
        int header = (int)Dword(pe, 0x3C);
        byte[] memory = new byte[Dword(pe, header + OptionalHeader + 56)];
        pe.AsSpan(0, (int)Dword(pe, header + OptionalHeader + 60)).CopyTo(memory);
        int section = header + OptionalHeader + Word(pe, header + 20);
        for (int left = Word(pe, header + 6); left > 0; left--, section += SectionHeaderSize)
        {
            int length = (int)Math.Min(Dword(pe, section + 8), Dword(pe, section + 16));
            pe.AsSpan((int)Dword(pe, section + 20), length).CopyTo(memory.AsSpan((int)Dword(pe, section + 12)));
        }

        return memory;
    }

    private static ushort Word(byte[] image, int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(offset));

    private static uint Dword(byte[] image, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(offset));
}
