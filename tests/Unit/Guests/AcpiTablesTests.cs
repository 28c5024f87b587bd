extern alias guests;

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Tests.Unit.Loading;
using Xunit;

namespace MinusOne.Tests.Unit.Guests;

// The ACPI tables, walked as a kernel does, against the board that they describe.
public sealed unsafe class AcpiTablesTests
{
    private static readonly byte[] s_bytes = [.. guests::MinusOne.Guests.Bios.AcpiTables.Bytes];

    [Fact]
    public void TheRootPointsToTablesThatAddUp()
    {
        Assert.Equal("RSD PTR ", Text(0, 8));
        Assert.Equal(0, Sum(0, 20));
        Assert.Equal(0, Sum(0, 36));
        Assert.Equal(["XSDT", "FACP", "APIC", "HPET", "MCFG", "SPCR", "DSDT", "FACS"], Tables().Keys);
        Assert.All(
            Tables().Where(table => table.Key != "FACS"),
            table => Assert.Equal(0, Sum(table.Value, Length(table.Value))));
        Assert.Equal(0, Tables()["FACS"] % 64);
        Assert.True(s_bytes.Length <= 0x1000);
    }

    [Fact]
    public void TheFadtNamesPortsWhereTheBoardHasThem()
    {
        int fadt = Tables()["FACP"];
        Assert.Equal(276, Length(fadt));
        Assert.Equal((Word(fadt + 46), Byte(fadt + 108)), (9, 0x32));
        Assert.Equal(5, Word(fadt + 109)); // messages may be used
        PortsAre(0x600, fadt + 56, fadt + 88, fadt + 148);
        PortsAre(0x604, fadt + 64, fadt + 89, fadt + 172);
        PortsAre(0x608, fadt + 76, fadt + 91, fadt + 208);
        Assert.Equal(Range(0xCF9, isPort: true).First + 1, Quadword(fadt + 120));
        Assert.Equal(6, Byte(fadt + 128));
        Assert.Equal(Doubleword(fadt + 36), Quadword(fadt + 132));
        Assert.Equal(Doubleword(fadt + 40), Quadword(fadt + 140));
    }

    // For kernels in 32 bits. ACPI 6.5, 5.2.7 Root System Description Table (RSDT).
    [Fact]
    public void TheRsdtPointsWhereTheXsdtDoes()
    {
        int old = Place(Doubleword(16)), root = Place(Quadword(24));
        Assert.Equal(("RSDT", 0), (Text(old, 4), Sum(old, Length(old))));
        Assert.Equal(
            Enumerable.Range(0, (Length(root) - 36) / 8).Select(i => Quadword(root + 36 + (8 * i))),
            Enumerable.Range(0, (Length(old) - 36) / 4).Select(i => (ulong)Doubleword(old + 36 + (4 * i))));
    }

    [Fact]
    public void TheMadtNamesTheInterruptControllers()
    {
        int madt = Tables()["APIC"];
        Assert.Equal(AcpiLayout.Madt, madt);
        Assert.Equal(Range(0xFEE0_0000).First, Doubleword(madt + 36));
        var kinds = new List<byte>();
        int at = madt + 44;
        for (; at < madt + Length(madt); at += Byte(at + 1))
        {
            kinds.Add(Byte(at));
            if (Byte(at) == 0)
            {
                Assert.Equal((kinds.Count - 1, kinds.Count - 1, 0u), (Byte(at + 2), Byte(at + 3), Doubleword(at + 4)));
            }
            else if (Byte(at) == 1)
            {
                Assert.Equal(Range(0xFEC0_0000).First, Doubleword(at + 4));
            }
            else if (Byte(at) == 2)
            {
                Assert.Equal(Byte(at + 3) switch { 0 => 0, 9 => 0x0D, _ => 0x0F }, Word(at + 8));
                Assert.Equal(Byte(at + 3) == 0 ? 2u : Byte(at + 3), Doubleword(at + 4));
            }
        }

        Assert.Equal(madt + Length(madt), at);
        Assert.Equal(Enumerable.Repeat((byte)0, 8).Concat<byte>([1, 2, 2, 2, 2, 2, 2, 4]), kinds);
    }

    [Fact]
    public void TheHpetIsWhereItIs()
    {
        int table = Tables()["HPET"];
        Assert.Equal(Range(0xFED0_0000).First, Quadword(table + 44));
        Assert.Equal(default(Hpet).Read(0, 4, 0), Doubleword(table + 36));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    [InlineData(8, 8)]
    [InlineData(9, 8)]
    public void SoManyProcessorsAreEnabled(int processors, int enabled)
    {
        byte[] bytes = [.. s_bytes];
        MinusOne.Hv.Loading.AcpiTables.Enable(bytes, processors);
        int madt = Tables()["APIC"];
        Assert.Equal(0, (byte)bytes.Skip(madt).Take(Length(madt)).Sum(value => value));
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal(i < enabled ? 1 : 0, bytes[madt + 44 + (8 * i) + 4]);
        }
    }

    // The registers of bus 0, and COM1.
    [Fact]
    public void PciAndTheConsoleAreWhereTheyAre()
    {
        int mcfg = Tables()["MCFG"], spcr = Tables()["SPCR"];
        BusRange registers = Range(PciLayout.Configuration);
        Assert.Equal((registers.First, registers.Bytes), (Quadword(mcfg + 44), 0x10_0000u));
        Assert.Equal((0, 0, 0), (Word(mcfg + 52), Byte(mcfg + 54), Byte(mcfg + 55)));
        Assert.Equal((1, Range(0x3F8, isPort: true).First), (Byte(spcr + 40), Quadword(spcr + 44)));
        Assert.Equal((4, 4u, uint.MaxValue), (Byte(spcr + 53), Doubleword(spcr + 54), Doubleword(spcr + 64)));
    }

    // The MP table, walked entry by entry: the processors that exist and no others, for small kernels count entries;
    // the same I/O APIC, every line of the ISA bus but 2, every slot.
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public void TheMpTableListsWhatExists(int processors)
    {
        byte[] bytes = [.. s_bytes];
        MinusOne.Hv.Loading.AcpiTables.Enable(bytes, processors);
        Assert.Equal(0, (byte)bytes.Skip(AcpiLayout.MpPointer).Take(16).Sum(value => value));
        int table = (int)(BitConverter.ToUInt32(bytes, AcpiLayout.MpPointer + 4) - AcpiLayout.Address);
        int length = BitConverter.ToUInt16(bytes, table + 4);
        Assert.Equal(bytes.Length, table + length + (20 * (8 - processors)));
        Assert.Equal("PCMP", Encoding.ASCII.GetString(bytes, table, 4));
        Assert.Equal(0, (byte)bytes.Skip(table).Take(length).Sum(value => value));
        Assert.Equal(Range(0xFEE0_0000).First, BitConverter.ToUInt32(bytes, table + 36));
        int at = table + 44, count = 0, seen = 0;
        var inputs = new List<(byte Line, byte Input)>();
        var slots = new List<(byte Line, byte Input)>();
        for (; at < table + length; at += bytes[at] == 0 ? 20 : 8, count++)
        {
            if (bytes[at] == 0)
            {
                Assert.Equal((count, count == 0 ? 3 : 1), (bytes[at + 1], bytes[at + 3]));
                seen++;
            }
            else if (bytes[at] == 2)
            {
                Assert.Equal(Range(0xFEC0_0000).First, BitConverter.ToUInt32(bytes, at + 4));
            }
            else if (bytes[at] == 3)
            {
                bool isPci = bytes[at + 4] == 0;
                Assert.Equal(isPci ? 0x0F : bytes[at + 5] == 9 ? 0x0D : 0, bytes[at + 2]);
                (isPci ? slots : inputs).Add((bytes[at + 5], bytes[at + 7]));
            }
        }

        Assert.Equal((table + length, (int)BitConverter.ToUInt16(bytes, table + 34)), (at, count));
        Assert.Equal(processors, seen);
        Assert.Equal(
            Enumerable.Range(0, 16).Where(i => i != 2).Select(i => ((byte)i, (byte)(i == 0 ? 2 : i))), inputs);
        Assert.Equal(
            Enumerable.Range(1, 15).Select(slot => ((byte)(slot << 2), PciLayout.LineOf(slot, 0))), slots);
    }

    [Fact]
    public void TheyLieInTheBiosArea()
    {
        using var machine = new LoadMachine();
        Assert.True(machine.LoadTables(s_bytes));
        Assert.Equal("RSD PTR "u8.ToArray(), machine.Read(0xE_0000, 8));
        Assert.Equal(1u, machine.Read32(0xE_0000 + AcpiLayout.Processors + 4));
        Assert.Equal("_MP_"u8.ToArray(), machine.Read(0xF_0000, 4));
        Assert.Equal(2ul, machine.Use.Pages);
        using var small = new LoadMachine(0xF_0000);
        Assert.True(small.LoadTables(s_bytes));
        Assert.Equal(0ul, small.Use.Pages);
    }

    // Their places, by name, in the order in which they are found.
    private static Dictionary<string, int> Tables()
    {
        int root = Place(Quadword(24));
        var tables = new Dictionary<string, int> { [Text(root, 4)] = root };
        for (int at = root + 36; at < root + Length(root); at += 8)
        {
            int table = Place(Quadword(at));
            tables.Add(Text(table, 4), table);
        }

        int fadt = tables["FACP"];
        tables.Add("DSDT", Place(Quadword(fadt + 140)));
        tables.Add("FACS", Place(Doubleword(fadt + 36)));
        return tables;
    }

    private static void PortsAre(ulong first, int port, int length, int address)
    {
        BusRange range = Range(first, isPort: true);
        Assert.Equal((first, range.Bytes), (Doubleword(port), Byte(length)));
        Assert.Equal((1, 8 * Byte(length), first), (Byte(address), Byte(address + 1), Quadword(address + 4)));
    }

    // What a PC has there.
    private static unsafe BusRange Range(ulong address, bool isPort = false)
    {
        using var machine = new Devices.BoardMachine(VmFeatures.Pc);
        ref BusRanges ranges = ref isPort ? ref machine.Board->Bus->Ports : ref machine.Board->Bus->Memory;
        for (int i = 0; i < ranges.Count; i++)
        {
            if (ranges[i].Takes(address, 1))
            {
                return ranges[i];
            }
        }

        throw new InvalidOperationException($"nobody is at {address:X}");
    }

    private static int Place(ulong address) => checked((int)(address - AcpiLayout.Address));

    private static int Length(int table) => (int)Doubleword(table + 4);

    private static byte Sum(int at, int length) => (byte)s_bytes.Skip(at).Take(length).Sum(value => value);

    private static string Text(int at, int length) => Encoding.ASCII.GetString(s_bytes, at, length);

    private static byte Byte(int at) => s_bytes[at];

    private static ushort Word(int at) => BitConverter.ToUInt16(s_bytes, at);

    private static uint Doubleword(int at) => BitConverter.ToUInt32(s_bytes, at);

    private static ulong Quadword(int at) => BitConverter.ToUInt64(s_bytes, at);
}
