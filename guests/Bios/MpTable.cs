// What kernels looked up before there was ACPI, and small ones still do: processors, the I/O APIC and which line of the
// ISA bus and which slot of PCI goes to which of its inputs. MultiProcessor Specification 1.4, 4.1 MP Floating Pointer
// Structure, 4.2 MP Configuration Table Header, 4.3 Base MP Configuration Table Entries. The loader takes out the
// processors that do not exist.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace MinusOne.Guests.Bios;

internal static class MpTable
{
    private const uint LocalApic = 0xFEE0_0000;
    private const uint IoApic = 0xFEC0_0000;
    private const byte Revision = 4;
    private const byte ApicVersion = 0x14, IoApicVersion = 0x11;
    private const byte Enabled = 1, BootProcessor = 2;
    private const byte TimerLine = 0, TimerInput = 2, SystemControlLine = 9, IsaLines = 16;

    // Active high, level-triggered; 0: as the bus has it.
    private const byte LevelHigh = 0x0D;

    // The same, but low: PCI's.
    private const byte LevelLow = 0x0F;
    private const byte PciBus = 0, IsaBus = 1;
    private const byte Ordinary = 0, Nmi = 1, External = 3;
    private const byte ToAll = 0xFF;

    // Found on a paragraph from 0xF0000 on: where the table is, no default configuration, no IMCR.
    public static byte[] Pointer { get; } = MakePointer();

    public static byte[] Table { get; } = MakeTable();

    private static byte[] MakePointer()
    {
        byte[] bytes = new byte[AcpiLayout.MpPointerBytes];
        Encoding.ASCII.GetBytes("_MP_", bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), AcpiLayout.Address + AcpiLayout.MpTable);
        bytes[8] = 1;
        bytes[9] = Revision;
        AcpiTable.Checksum(bytes, 10);
        return bytes;
    }

    private static byte[] MakeTable()
    {
        using var stream = new MemoryStream();
        stream.Write(new byte[AcpiLayout.MpProcessors]);
        ushort entries = 0;
        for (byte i = 0; i < AcpiLayout.MostProcessors; i++)
        {
            Add([0, i, ApicVersion, (byte)(Enabled | (i == 0 ? BootProcessor : 0)), .. new byte[16]]);
        }

        Add([1, PciBus, .. "PCI   "u8]);
        Add([1, IsaBus, .. "ISA   "u8]);
        Add([2, 0, IoApicVersion, 1, .. BitConverter.GetBytes(IoApic)]);
        foreach (byte[] line in Lines())
        {
            Add(line);
        }

        Add([4, External, 0, 0, IsaBus, 0, 0, 0]);
        Add([4, Nmi, 0, 0, IsaBus, 0, ToAll, 1]);
        byte[] bytes = stream.ToArray();
        Encoding.ASCII.GetBytes("PCMP", bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(AcpiLayout.MpLength), (ushort)bytes.Length);
        bytes[6] = Revision;
        Encoding.ASCII.GetBytes("MINUS1  MINUSONE    ", bytes.AsSpan(8));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(AcpiLayout.MpEntries), entries);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(36), LocalApic);
        AcpiTable.Checksum(bytes, AcpiLayout.MpChecksum);
        return bytes;

        void Add(ReadOnlySpan<byte> entry)
        {
            stream.Write(entry);
            entries++;
        }
    }

    // Those of the ISA bus, which has no line 2, and INTA of each slot: appendix D.3, the pin in the lowest bits.
    private static IEnumerable<byte[]> Lines()
    {
        for (byte line = 0; line < IsaLines; line++)
        {
            if (line != TimerInput)
            {
                byte flags = line == SystemControlLine ? LevelHigh : (byte)0;
                yield return [3, Ordinary, flags, 0, IsaBus, line, 0, line == TimerLine ? TimerInput : line];
            }
        }

        for (int slot = 1; slot < PciLayout.Slots; slot++)
        {
            yield return [3, Ordinary, LevelLow, 0, PciBus, (byte)(slot << 2), 0, PciLayout.LineOf(slot, 0)];
        }
    }
}
