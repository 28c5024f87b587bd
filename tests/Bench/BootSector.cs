// A disk that starts the bench guest on a bare PC: a boot sector that reads the image to where it belongs and jumps to
// it. What lies below 0x8000 beyond the first sector is room that the guest fills itself, and the boot sector is in it;
// it is not read.

using System;
using System.IO;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Bench;

internal static class BootSector
{
    public const int Cylinders = 20;

    private const int SectorBytes = 512;
    private const int DiskBytes = Cylinders * 16 * 63 * SectorBytes;
    private const uint Origin = 0x7C00;
    private const uint ImageStart = 0x1000;
    private const uint SecondPart = 0x8000;

    // The packet of INT 13h, AH = 42h: its size, sectors, offset and segment of the buffer, first sector.
    private const uint Packet = 0x500;

    public static byte[] Disk(byte[] image)
    {
        byte[] disk = new byte[DiskBytes];
        uint sectors = (uint)(image.Length - (int)(SecondPart - ImageStart) + SectorBytes - 1) / SectorBytes;
        Assemble(sectors).CopyTo(disk, 0);
        disk[SectorBytes - 2] = 0x55;
        disk[SectorBytes - 1] = 0xAA;
        image.CopyTo(disk, SectorBytes);
        return disk;
    }

    private static byte[] Assemble(uint sectors)
    {
        var c = new Assembler(16);
        c.cli();
        c.cld();
        c.xor(ax, ax);
        c.mov(ds, ax);
        c.mov(es, ax);
        c.mov(ss, ax);
        c.mov(sp, (ushort)Origin);
        Read(c, ImageStart, 1, 1);
        Read(c, SecondPart, sectors, 1 + ((SecondPart - ImageStart) / SectorBytes));
        c.cli();
        c.@in(al, 0x92); // A20
        c.or(al, 2);
        c.@out(0x92, al);
        c.mov(dx, 0x3FB); // the serial port sends eight bits
        c.mov(al, 3);
        c.@out(dx, al);
        c.mov(al, 0xFF); // no PIT or keyboard while we measure
        c.@out(0x21, al);
        c.@out(0xA1, al);
        c.mov(eax, 2);
        c.mov(ebx, eax);
        c.db(0xEA, (byte)(ImageStart & 0xFF), (byte)(ImageStart >> 8), 0, 0); // jmp 0:1000
        var stream = new MemoryStream();
        c.Assemble(new StreamCodeWriter(stream), Origin);
        return stream.Length <= SectorBytes - 2 ? stream.ToArray() : throw new InvalidOperationException("too long");
    }

    private static void Read(Assembler c, uint address, uint sectors, uint first)
    {
        c.mov(__dword_ptr[Packet], 0x10 | (sectors << 16));
        c.mov(__dword_ptr[Packet + 4], address);
        c.mov(__dword_ptr[Packet + 8], first);
        c.mov(__dword_ptr[Packet + 12], 0);
        c.mov(si, (short)Packet);
        c.mov(dl, 0x80);
        c.mov(ah, 0x42);
        c.@int(0x13);
    }
}
