// The ACPI tables of our PC: what kernels look up there rather than try out. Fixed hardware and reset port (FADT),
// interrupt controllers and up to eight processors (MADT, in which the loader marks those that exist), the HPET, the
// registers of PCI (MCFG), the console (SPCR), and what only code can tell (Dsdt.cs). ACPI 6.5, 5.2 ACPI System
// Description Tables.

using System;
using System.Buffers.Binary;
using System.Text;

namespace MinusOne.Guests.Bios;

internal static class AcpiTables
{
    private const uint LocalApic = 0xFEE0_0000;
    private const uint IoApic = 0xFEC0_0000;
    private const uint Hpet = 0xFED0_0000;
    private const uint HpetIdentity = 0x8086_A201;
    private const ushort HpetLeastTicks = 100;
    private const ushort PowerEvents = 0x600, PowerControl = 0x604, PowerTimer = 0x608, ResetControl = 0xCF9;
    private const byte ResetValue = 6;
    private const ushort SerialPort = 0x3F8;
    private const byte SerialLine = 4;
    private const byte SystemControlLine = 9;

    // Spaces and access widths of addresses.
    private const byte InMemory = 0, AtPort = 1;
    private const byte AsByte = 1, AsWord = 2, AsDoubleword = 3;

    private const int RsdpBytes = 36;
    private const int FacsBytes = 64;
    private const int Alignment = 16;

    public static byte[] Bytes { get; } = Make();

    private static byte[] Make()
    {
        byte[] all = new byte[0x1000];
        int end = AcpiLayout.Madt;
        uint madt = Place(Madt());
        end = (end + FacsBytes - 1) & -FacsBytes;
        uint facs = Place(Facs());
        uint dsdt = Place(Dsdt.Make());
        uint fadt = Place(Fadt(facs, dsdt));
        uint[] others = [fadt, madt, Place(HpetTable()), Place(Mcfg()), Place(Spcr())];
        Rsdp(Place(Root("RSDT", 4, others)), Place(Root("XSDT", 8, others))).CopyTo(all, 0);
        MpTable.Pointer.CopyTo(all, AcpiLayout.MpPointer);
        MpTable.Table.CopyTo(all, AcpiLayout.MpTable);
        return end <= AcpiLayout.MpPointer
            ? all[..(AcpiLayout.MpTable + MpTable.Table.Length)]
            : throw new InvalidOperationException("the ACPI tables reach into the MP table");

        uint Place(byte[] table)
        {
            int at = end;
            table.CopyTo(all, at);
            end = (at + table.Length + Alignment - 1) & -Alignment;
            return AcpiLayout.Address + (uint)at;
        }
    }

    // 5.2.5.3 Root System Description Pointer (RSDP) Structure.
    private static byte[] Rsdp(uint oldRoot, uint root)
    {
        byte[] bytes = new byte[RsdpBytes];
        Encoding.ASCII.GetBytes("RSD PTR ", bytes);
        Encoding.ASCII.GetBytes("MINUS1", bytes.AsSpan(9));
        bytes[15] = 2;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), oldRoot);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), RsdpBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), root);
        AcpiTable.Checksum(bytes.AsSpan(0, 20), 8);
        AcpiTable.Checksum(bytes, 32);
        return bytes;
    }

    // 5.2.7 Root System Description Table (RSDT), 5.2.8 Extended System Description Table (XSDT).
    private static byte[] Root(string signature, int pointerBytes, uint[] tables)
    {
        var table = new AcpiTable(signature, 1, AcpiTable.HeaderBytes + (pointerBytes * tables.Length));
        for (int i = 0; i < tables.Length; i++)
        {
            table.Doubleword(AcpiTable.HeaderBytes + (pointerBytes * i), tables[i]);
        }

        return table.Finish();
    }

    // 5.2.9 Fixed ACPI Description Table (FADT). No SMI command: the machine is always in ACPI mode.
    private static byte[] Fadt(uint facs, uint dsdt)
    {
        var table = new AcpiTable("FACP", 6, 276);
        table.Doubleword(36, facs);
        table.Doubleword(40, dsdt);
        table.Byte(45, 1); // a desktop
        table.Word(46, SystemControlLine);
        table.Doubleword(56, PowerEvents);
        table.Doubleword(64, PowerControl);
        table.Doubleword(76, PowerTimer);
        table.Bytes(88, 4, 2, 0, 4);
        table.Bytes(96, 0xFF, 0xFF, 0xFF, 0xFF); // no C2, no C3
        table.Byte(108, 0x32); // the century in the clock's memory
        table.Word(109, 0x05); // ISA devices; no keyboard controller, no VGA
        table.Doubleword(112, 0x465); // WBINVD, C1, no sleep button, clock wakes nobody, reset register
        table.Address(116, AtPort, 8, AsByte, ResetControl);
        table.Byte(128, ResetValue);
        table.Byte(131, 5);
        table.Doubleword(132, facs);
        table.Doubleword(140, dsdt);
        table.Address(148, AtPort, 32, AsWord, PowerEvents);
        table.Address(172, AtPort, 16, AsWord, PowerControl);
        table.Address(208, AtPort, 32, AsDoubleword, PowerTimer);
        return table.Finish();
    }

    // 5.2.10 Firmware ACPI Control Structure (FACS): it has no checksum, and nothing to say here.
    private static byte[] Facs()
    {
        byte[] bytes = new byte[FacsBytes];
        Encoding.ASCII.GetBytes("FACS", bytes);
        bytes[4] = FacsBytes;
        bytes[32] = 2;
        return bytes;
    }

    // 5.2.12: processors, the I/O APIC, the lines of the ISA bus that are special there (the PIT goes to input 2,
    // ACPI's is a level and active high, those of PCI are levels and active low), and LINT1 as NMI on all.
    private static byte[] Madt()
    {
        const int IoApicEntry = AcpiLayout.Processors - AcpiLayout.Madt
            + (AcpiLayout.MostProcessors * AcpiLayout.ProcessorBytes);
        int lines = PciLayout.Lines.Length;
        var table = new AcpiTable("APIC", 5, IoApicEntry + 12 + 10 + 10 + (10 * lines) + 6);
        table.Doubleword(36, LocalApic);
        table.Doubleword(40, 1); // there are 8259s as well
        for (byte i = 0; i < AcpiLayout.MostProcessors; i++)
        {
            int entry = AcpiLayout.Processors - AcpiLayout.Madt + (i * AcpiLayout.ProcessorBytes);
            table.Bytes(entry, 0, AcpiLayout.ProcessorBytes, i, i);
        }

        table.Bytes(IoApicEntry, 1, 12);
        table.Doubleword(IoApicEntry + 4, IoApic);
        table.Bytes(IoApicEntry + 12, 2, 10, 0, 0, 2);
        table.Bytes(IoApicEntry + 22, 2, 10, 0, SystemControlLine, SystemControlLine, 0, 0, 0, 0x0D);
        for (int i = 0; i < lines; i++)
        {
            byte line = PciLayout.Lines[i];
            table.Bytes(IoApicEntry + 32 + (10 * i), 2, 10, 0, line, line, 0, 0, 0, 0x0F);
        }

        table.Bytes(IoApicEntry + 32 + (10 * lines), 4, 6, 0xFF, 0, 0, 1);
        return table.Finish();
    }

    // IA-PC HPET specification 1.0a, 3.2.4 The ACPI 2.0 HPET Description Table (HPET).
    private static byte[] HpetTable()
    {
        var table = new AcpiTable("HPET", 1, 56);
        table.Doubleword(36, HpetIdentity);
        table.Address(40, InMemory, 64, 0, Hpet);
        table.Word(53, HpetLeastTicks);
        return table.Finish();
    }

    // PCI Firmware Specification 3.0, 4.1.2: the registers of bus 0.
    private static byte[] Mcfg()
    {
        var table = new AcpiTable("MCFG", 1, 60);
        table.Doubleword(44, PciLayout.Configuration);
        return table.Finish();
    }

    // Serial Port Console Redirection Table, revision 2: COM1, a 16550 at 115,200 bits a second, by its interrupt at
    // either controller; a terminal in the VT-UTF8 way; no PCI device.
    private static byte[] Spcr()
    {
        var table = new AcpiTable("SPCR", 2, 80);
        table.Address(40, AtPort, 8, AsByte, SerialPort);
        table.Bytes(52, 3, SerialLine);
        table.Doubleword(54, SerialLine);
        table.Bytes(58, 7, 0, 1, 0, 3);
        table.Doubleword(64, uint.MaxValue);
        return table.Finish();
    }
}
