// Multiboot 2: what a kernel is told, tag by tag as the specification numbers them, where it may lie, and every reason
// for refusing its header.

extern alias guests;

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Tests.Loading;
using Xunit;
using static MinusOne.Tests.Loading.Multiboot2Writer;

namespace MinusOne.Tests.Unit.Loading;

public sealed class Multiboot2Tests
{
    private const uint Load = 0x20_0000;

    private static readonly byte[] s_relocatable = Tag(10, 0x10_0000, 0x3F_FFFF, 0x1000, 0);

    // The header is 8-aligned in the file.
    private static byte[] Elf(bool isWide, params byte[][] tags)
    {
        ulong high = isWide ? 0xFFFF_FFFF_8000_0000 : 0xC000_0000;
        var elf = new ElfWriter(isWide) { Entry = high + Load + 0x200 };
        byte[] code = new byte[0x1234];
        Header(tags).CopyTo(code, isWide ? 0 : 4);
        elf.Segment(Load, code, 0x1234, high + Load);
        elf.Segment(Load + 0x2000, [1, 2, 3], 0x1800, high + Load + 0x2000);
        elf.Section(".symtab", 2, [1, 2, 3, 4]);
        return elf.ToArray();
    }

    // Type, place of the tag.
    private static Dictionary<uint, List<ulong>> Tags(LoadMachine machine)
    {
        var tags = new Dictionary<uint, List<ulong>>();
        ulong start = machine.Start.Rbx, at = start + 8;
        while (machine.Read32(at) != 0)
        {
            tags.TryAdd(machine.Read32(at), []);
            tags[machine.Read32(at)].Add(at);
            at = (at + machine.Read32(at + 4) + 7) & ~7ul;
        }

        Assert.Equal((0ul, 8u), (start & 7, machine.Read32(at + 4)));
        Assert.Equal((at + 8 - start, 0u), (machine.Read32(start), machine.Read32(start + 4)));
        return tags;
    }

    [Fact]
    public void EverythingIsTold()
    {
        using var machine = new LoadMachine();
        machine.Files.IsForPc = true;
        machine.Files.OwnTables = machine.Pin(guests::MinusOne.Guests.Bios.AcpiTables.Bytes);
        machine.Files.CommandLine = machine.Pin("console=com1"u8.ToArray());
        machine.Files.Initrd = machine.Pin([5]);
        machine.Add(new byte[0x1001], "vmlinuz root=/dev/vda");
        machine.Add([7, 8], "last");
        Assert.Equal("ready", machine.Load(Flat(0x1000, Load, Load + 0x1800, Load + 0x300)));
        Assert.Equal((StartMode.Protected, Load + 0x300ul), (machine.Start.Mode, machine.Start.Entry));
        Assert.Equal(0x36D7_6289ul, machine.Start.Rax);
        Dictionary<uint, List<ulong>> tags = Tags(machine);
        Assert.Equal((uint[])[1, 2, 3, 4, 6, 14, 15], tags.Keys.Order());
        Assert.Equal("console=com1", machine.ReadText(tags[1][0] + 8));
        Assert.Equal(8u + 13, machine.Read32(tags[1][0] + 4));
        Assert.Equal("MinusOne", machine.ReadText(tags[2][0] + 8));
        Assert.Equal((640u, 0xC00u), (machine.Read32(tags[4][0] + 8), machine.Read32(tags[4][0] + 12)));
        CheckModules(machine, tags[3]);
        Assert.Equal(guests::MinusOne.Guests.Bios.AcpiTables.Bytes[..20], machine.Read(tags[14][0] + 8, 20));
        Assert.Equal(guests::MinusOne.Guests.Bios.AcpiTables.Bytes[..36], machine.Read(tags[15][0] + 8, 36));
        Assert.Equal((28u, 44u), (machine.Read32(tags[14][0] + 4), machine.Read32(tags[15][0] + 4)));
    }

    private static void CheckModules(LoadMachine machine, List<ulong> tags)
    {
        (byte[] Content, string Text)[] expected =
            [([5], "initrd"), (new byte[0x1001], "vmlinuz root=/dev/vda"), ([7, 8], "last")];
        ulong last = machine.Start.Rbx + machine.Read32(machine.Start.Rbx);
        foreach ((ulong tag, (byte[] content, string text)) in tags.Zip(expected))
        {
            ulong start = machine.Read32(tag + 8), end = machine.Read32(tag + 12);
            Assert.True(start >= last && (start & 0xFFF) == 0);
            Assert.Equal(content, machine.Read(start, (int)(end - start)));
            Assert.Equal(text, machine.ReadText(tag + 16));
            Assert.Equal(16 + (uint)text.Length + 1, machine.Read32(tag + 4));
            last = end;
        }
    }

    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 4)]
    public void TheMapIsTold(bool isPc, int rows)
    {
        using var machine = new LoadMachine();
        machine.Files.IsForPc = isPc;
        Assert.Equal("ready", machine.Load(Flat(0x1000, Load, 0, Load)));
        ulong map = Tags(machine)[6][0];
        Assert.Equal((16 + ((uint)rows * 24), 24u), (machine.Read32(map + 4), machine.Read32(map + 8)));
        ulong[] starts = [0, 0xA_0000, 0x10_0000, 0xE000_0000];
        for (uint row = 0; row < rows; row++)
        {
            ulong at = map + 16 + (row * 24);
            Assert.Equal(row == 3 ? machine.Read64(at) : starts[row], machine.Read64(at));
            Assert.Equal((row & 1) + 1, machine.Read32(at + 16));
        }

        Assert.Equal(machine.Bytes, machine.Read64(map + 16 + 48) + machine.Read64(map + 16 + 56));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SectionsOfElfAreTold(bool isWide)
    {
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(Elf(isWide)));
        Assert.Equal(Load + 0x200ul, machine.Start.Entry);
        ulong tag = Tags(machine)[9][0], stride = isWide ? 64u : 40u;
        Assert.Equal(20 + (3 * stride), machine.Read32(tag + 4));
        Assert.Equal((3u, (uint)stride, 2u),
            (machine.Read32(tag + 8), machine.Read32(tag + 12), machine.Read32(tag + 16)));
        ulong row = tag + 20 + stride;
        ulong address = isWide ? machine.Read64(row + 16) : machine.Read32(row + 12);
        Assert.Equal([1, 2, 3, 4], machine.Read(address, 4));
        Assert.True(address >= machine.Start.Rbx + machine.Read32(machine.Start.Rbx));
    }

    // The last byte of it is at 2037FF, or 2017FF.
    [Theory]
    [InlineData(0x10_0000u, 0x3F_FFFFu, 0x1000u, 0x20_0000ul)]
    [InlineData(0x20_0000u, 0x20_37FFu, 0x20_0000u, 0x20_0000ul)]
    [InlineData(0x20_0001u, 0x3F_FFFFu, 0x1000u, 0x20_1000ul)]
    [InlineData(0x30_0000u, 0x3F_FFFFu, 0u, 0x30_0000ul)]
    [InlineData(0u, 0x1F_FFFFu, 0x1000u, 0x10_0000ul)]
    [InlineData(0x21_0000u, 0xFFFF_FFFFu, 0x20_0000u, 0ul)]
    [InlineData(0u, 0x10_0FFFu, 0x1000u, 0ul)]
    [InlineData(0x4000_0000u, 0xFFFF_FFFFu, 0x1000u, 0ul)]
    public void ARelocatableKernelLiesWhereItMay(uint least, uint most, uint alignment, ulong expected)
    {
        byte[] tag = Tag(10, least, most, alignment, 2);
        foreach (byte[] kernel in (byte[][])
            [Elf(false, tag), Elf(true, tag), Flat(0x1800, Load, 0, Load + 0x200, tag)])
        {
            using var machine = new LoadMachine();
            string result = machine.Load(kernel);
            if (expected == 0)
            {
                Assert.Equal("its multiboot 2 header allows no address where it fits the guest's memory", result);
                continue;
            }

            Assert.Equal(("ready", expected), (result, machine.Plan.Start.Value));
            Assert.Equal(expected + 0x200, machine.Start.Entry);
            Assert.Equal((12u, (uint)expected), (
                machine.Read32(Tags(machine)[21][0] + 4), machine.Read32(Tags(machine)[21][0] + 8)));
            Assert.Contains(0xE852_50D6u, (uint[])[machine.Read32(expected), machine.Read32(expected + 4)]);
        }
    }

    // A physical address, which wins over the one of ELF.
    [Fact]
    public void TheEntryTagSaysWhereElfIsEntered()
    {
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(Elf(true, Tag(3, Load + 0x2002))));
        Assert.Equal(Load + 0x2002ul, machine.Start.Entry);
        Assert.Equal("ready", machine.Load(Elf(true, Tag(3, Load + 0x300), Tag(10, 0x30_0000, 0x3F_FFFF, 1, 0))));
        Assert.Equal(0x30_0300ul, machine.Start.Entry);
        Assert.Equal(LoadStatus.EntryOutside, machine.Examine(Elf(true, Tag(3, Load + 0x2003))));
    }

    [Fact]
    public void AFileMayBeLoadedFromItsBeginning()
    {
        byte[] file = new byte[0x1000];
        Header(Tag(2, Load + 0x108, uint.MaxValue, 0, 0), Tag(3, Load)).CopyTo(file, 0x108);
        file[0] = 0xF4;
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(file));
        Assert.Equal((Load, (byte)0xF4), ((uint)machine.Plan.Start.Value, machine.Read(Load, 1)[0]));
    }

    [Theory]
    [InlineData(0x7FC0, LoadStatus.Ready)]
    [InlineData(0x7FD0, LoadStatus.Multiboot2Tags)]
    [InlineData(0x8000, LoadStatus.Unknown)]
    [InlineData(0x0104, LoadStatus.Unknown)]
    internal void TheHeaderIsInTheFirst32KiB(int offset, LoadStatus expected)
    {
        byte[] file = new byte[0x9000];
        Header(Tag(2, Load + (uint)offset, Load, 0, 0), Tag(3, Load)).CopyTo(file, offset);
        using var machine = new LoadMachine();
        Assert.Equal(expected, machine.Examine(file));
    }

    [Fact]
    public void Multiboot1WinsIfThereAreBoth()
    {
        byte[] file = Flat(0x1000, Load, 0, Load);
        MultibootWriter.Header(MultibootWriter.AddressFields, Load + 0x800, Load, 0, 0, Load).CopyTo(file, 0x800);
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(file));
        Assert.Equal(0x2BAD_B002ul, machine.Start.Rax);
    }

    public static TheoryData<string, byte[]> Refusals => new()
    {
        { "its multiboot 2 header is for another processor", Padded(Header(4, [])) },
        { "the tags of its multiboot 2 header are broken", Padded(Header(Words(0x10005, 7))) },
        { "the tags of its multiboot 2 header are broken", Padded(Header(Words(0x10005, 0x100))) },
        { "the tags of its multiboot 2 header are broken", Padded(Header(Tag(2, Load, Load))) },
        { "the tags of its multiboot 2 header are broken", Padded(Header(Tag(3), Tag(3, Load))) },
        { "its multiboot 2 header requires to be told", Padded(Header(Tag(1, 1, 3, 5))) },
        { "its multiboot header demands what is not there", Padded(Header(Tag(5, 1024, 768, 32))) },
        { "its multiboot header demands what is not there", Padded(Header(Tag(4, 1))) },
        { "its multiboot header demands what is not there", Padded(Header(Tag(77))) },
        { "it is not ELF, so its multiboot 2 header must say", Padded(Header(Tag(2, Load, Load, 0, 0))) },
        { "it is not ELF, so its multiboot 2 header must say", Padded(Header(Tag(3, Load))) },
        { "the addresses in its multiboot header contradict", Flat(0x1000, Load, Load + 0xFFF, Load) },
        { "the alignment in its multiboot 2 header", Flat(0x1000, Load, 0, Load, Tag(10, 0, 99, 3, 0)) },
        { "its entry is outside what is loaded", Flat(0x1000, Load, Load + 0x2000, Load + 0x1000) },
        { "its load address is outside the guest's memory", Flat(0x1000, 0x40_0000, 0, 0x40_0000) },
        { "it is ELF without anything to load", NoSegments() },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void IsRefusedForAReason(string sentence, byte[] file)
    {
        using var machine = new LoadMachine();
        Assert.StartsWith(sentence, machine.Load(file));
        Assert.Equal(0ul, machine.Use.Pages);
    }

    // Optional, or known, or of use to others only.
    [Fact]
    public void WhatIsOptionalDoesNotRefuse()
    {
        byte[] kernel = Flat(
            0x1000, Load, 0, Load, Tag(1, true, 5), Tag(1, 1, 2, 3, 4, 6, 9, 14, 15, 21), Tag(4, 2), Tag(4, true, 1),
            Tag(5, true, 0, 0, 0), Tag(6), Tag(7), Tag(8, 5), Tag(9, 5), Tag(77, true), s_relocatable);
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(kernel));
    }

    [Theory]
    [InlineData(0xFFFF, LoadStatus.Ready)]
    [InlineData(0x1_0000, LoadStatus.CommandLineTooLong)]
    internal void TheCommandLineMustFit(int length, LoadStatus expected)
    {
        using var machine = new LoadMachine();
        machine.Files.CommandLine = machine.Pin(Encoding.ASCII.GetBytes(new string('c', length)));
        Assert.Equal(expected, machine.Examine(Flat(0x1000, Load, 0, Load)));
        machine.Files.CommandLine = machine.Pin(new byte[0x1000]);
        Assert.Equal(LoadStatus.NoRoomBehind, machine.Examine(Flat(0x1000, Load, 0x3F_F000, Load)));
    }

    private static byte[] NoSegments()
    {
        var elf = new ElfWriter(isWide: true);
        elf.Section("header", 1, Header(s_relocatable));
        elf.Segment(0, [], 0);
        return elf.ToArray();
    }

    private static byte[] Padded(byte[] header) => [.. header, .. new byte[0x1000 - header.Length]];

    private static byte[] Words(params uint[] words) => [.. words.SelectMany(BitConverter.GetBytes)];
}
