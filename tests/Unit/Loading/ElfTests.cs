// Multiboot kernels in ELF, of both widths: segments, sections, and every reason for refusing one.

using System;
using System.Linq;
using MinusOne.Tests.Loading;
using Xunit;

namespace MinusOne.Tests.Unit.Loading;

public sealed class ElfTests
{
    private const ulong Load = 0x10_0000;
    private const int HeaderFlags = 3;

    private static readonly byte[] s_symbols = [.. Enumerable.Range(1, 48).Select(i => (byte)i)];

    // Code with the multiboot header in front, data with a bss, and linked high as kernels are.
    private static ElfWriter Kernel(bool isWide)
    {
        ulong high = isWide ? 0xFFFF_FFFF_8000_0000 : 0xC000_0000;
        var elf = new ElfWriter(isWide) { Entry = high + Load + 0x20 };
        byte[] code = new byte[0x1234];
        new Random(1).NextBytes(code);
        MultibootWriter.Header(HeaderFlags).CopyTo(code, 0);
        elf.Segment(Load, code, 0x1234, high + Load);
        elf.Segment(Load + 0x2000, [1, 2, 3, 4, 5], 0x3000, high + Load + 0x2000);
        elf.Section(".symtab", 2, s_symbols);
        elf.Section(".bss", 8, []);
        elf.Section(".strtab", 3, [0, (byte)'a', 0]);
        return elf;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SegmentsGoToTheirPhysicalAddresses(bool isWide)
    {
        byte[] file = Kernel(isWide).ToArray();
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(file));
        byte[] code = new byte[0x1234];
        new Random(1).NextBytes(code);
        Assert.Equal(code[12..], machine.Read(Load + 12, 0x1234 - 12));
        Assert.Equal([1, 2, 3, 4, 5, 0, 0], machine.Read(Load + 0x2000, 7));
        Assert.Equal(Load + 0x5000, machine.Plan.End.Value);
        Assert.Equal((StartMode.Protected, Load + 0x20), (machine.Start.Mode, machine.Start.Entry));
        Assert.Equal((0x2BADB002ul, 0x9000ul), (machine.Start.Rax, machine.Start.Rbx));
    }

    // The table as in the file but for the addresses; symbols and strings where the addresses say.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SectionsAreLoadedBehindAndTold(bool isWide)
    {
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(Kernel(isWide).ToArray()));
        Assert.NotEqual(0u, machine.Read32(0x9000) & (1u << 5));
        uint count = machine.Read32(0x9000 + 28);
        uint stride = machine.Read32(0x9000 + 32);
        ulong table = machine.Read32(0x9000 + 36);
        Assert.Equal((5u, isWide ? 64u : 40u, 4u), (count, stride, machine.Read32(0x9000 + 40)));
        Assert.True(table >= machine.Plan.End.Value);

        ulong Address(uint row) =>
            isWide ? machine.Read64(table + (row * stride) + 16) : machine.Read32(table + (row * stride) + 12);
        Assert.Equal(s_symbols, machine.Read(Address(1), s_symbols.Length));
        Assert.Equal([0, (byte)'a', 0], machine.Read(Address(3), 3));
        Assert.Equal("\0.symtab\0.bss\0.strtab\0.shstrtab\0", System.Text.Encoding.ASCII
            .GetString(machine.Read(Address(4), 32)));
        Assert.Equal((0ul, 0ul), (Address(0), Address(2)));
    }

    [Fact]
    public void WithoutSectionsNobodySpeaksOfThem()
    {
        ElfWriter elf = Kernel(false);
        elf.HasSectionTable = false;
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(elf.ToArray()));
        Assert.Equal(0u, machine.Read32(0x9000) & (1u << 5));
    }

    [Theory]
    [InlineData(Load, 0x1000, 0x1000ul, LoadStatus.Ready)]
    [InlineData(0x40_0000ul, 0x1000, 0x1000ul, LoadStatus.LoadOutside)]
    [InlineData(Load, 0x1000, 0x30_0001ul, LoadStatus.EndOutside)]
    [InlineData(Load, 0x1000, 0xFFFF_FFFFul, LoadStatus.EndOutside)]
    [InlineData(Load, 0x1000, 0xFFFul, LoadStatus.ElfBroken)]
    [InlineData(0x8000ul, 0x1000, 0x1000ul, LoadStatus.Ready)]
    [InlineData(0ul, 0x1_0000, 0x1_0000ul, LoadStatus.Ready)]
    internal void SegmentsAreChecked(ulong physical, int length, ulong memory, LoadStatus expected)
    {
        foreach (bool isWide in new[] { false, true })
        {
            ElfWriter elf = Kernel(isWide);
            elf.Segment(physical, new byte[length], memory);
            using var machine = new LoadMachine();
            Assert.Equal(expected, machine.Examine(elf.ToArray()));
        }
    }

    // No BIOS runs before it: low memory is its own, and what it is told lies behind it.
    [Theory]
    [InlineData(0ul, 0x1_0000ul)]
    [InlineData(0x7000ul, 0x1000ul)]
    [InlineData(0x9FFFul, 0x10ul)]
    public void AKernelMayLieInLowMemory(ulong start, ulong bytes)
    {
        byte[] low = new byte[bytes];
        Array.Fill(low, (byte)0xA5);
        ElfWriter elf = Kernel(false);
        elf.Segment(start, low, bytes);
        using var machine = new LoadMachine();
        machine.Files.CommandLine = machine.Pin("quiet"u8.ToArray());
        Assert.Equal("ready", machine.Load(elf.ToArray()));
        Assert.Equal(low, machine.Read(start, low.Length));
        ulong told = machine.Start.Rbx;
        Assert.True(told >= machine.Plan.End.Value && told + 0x1000 <= machine.Plan.Sections.Value, $"{told:X}");
        Assert.Equal("quiet", machine.ReadText(machine.Read32(told + 16)));
        Assert.Equal("MinusOne", machine.ReadText(machine.Read32(told + 64)));
        Assert.Equal(0u, machine.Read32(machine.Read32(told + 48) + 4));
    }

    [Theory]
    [InlineData(0x4000ul, 0x2000ul, LoadStatus.Ready)]
    [InlineData(0x4000ul, 0x2001ul, LoadStatus.Overlap)]
    [InlineData(0x8FFFul, 1ul, LoadStatus.Overlap)]
    [InlineData(0x9000ul, 1ul, LoadStatus.Ready)]
    internal void ABiosThatRunsKeepsItsPages(ulong start, ulong bytes, LoadStatus expected)
    {
        ElfWriter elf = Kernel(false);
        elf.Segment(start, [], bytes);
        using var machine = new LoadMachine();
        machine.Files.Bios = machine.Pin([0xF4]);
        Assert.Equal(expected, machine.Examine(elf.ToArray()));
    }

    // A segment from 0 up to the last page, which has room for the sections but not for a page more.
    [Fact]
    public void WhatItIsToldNeedsRoomBehindIt()
    {
        var elf = new ElfWriter(false) { Entry = Load, HasSectionTable = false };
        elf.Segment(Load, MultibootWriter.Header(HeaderFlags), 12);
        elf.Segment(0, [], LoadMachine.Memory - 0x1000);
        using var machine = new LoadMachine();
        Assert.Equal(LoadStatus.Ready, machine.Examine(elf.ToArray()));
        elf.Segment(LoadMachine.Memory - 0x1000, [], 1);
        Assert.Equal(LoadStatus.NoRoomBehind, machine.Examine(elf.ToArray()));
    }

    [Fact]
    public void SegmentsThatOverlapAgainAndAgainAreRefused()
    {
        ElfWriter elf = Kernel(true);
        for (int i = 0; i < 3; i++)
        {
            elf.Segment(Load, [], 0x20_0000);
        }

        using var machine = new LoadMachine();
        Assert.Equal(LoadStatus.ElfBroken, machine.Examine(elf.ToArray()));
    }

    [Fact]
    public void TheHeaderIsChecked()
    {
        using var machine = new LoadMachine();
        LoadStatus Examine(Action<ElfWriter> change)
        {
            ElfWriter elf = Kernel(true);
            change(elf);
            return machine.Examine(elf.ToArray());
        }

        Assert.Equal(LoadStatus.ElfMachine, Examine(elf => elf.Machine = 183));
        Assert.Equal(LoadStatus.ElfNotExecutable, Examine(elf => elf.Type = 3));
        Assert.Equal(LoadStatus.EntryOutside, Examine(elf => elf.Entry = Load));
        Assert.Equal(LoadStatus.EntryOutside, Examine(elf => elf.Entry += 0x1234));
        var empty = new ElfWriter(false);
        empty.Segment(Load, MultibootWriter.Header(0), 12, type: 4);
        Assert.Equal(LoadStatus.NoSegment, machine.Examine(empty.ToArray()));
        byte[] file = Kernel(false).ToArray();
        file[4] = 3;
        Assert.Equal(LoadStatus.ElfBroken, machine.Examine(file));
        file[4] = 1;
        file[42] = 31; // bytes of a program header
        Assert.Equal(LoadStatus.ElfBroken, machine.Examine(file));
    }

    // Cut anywhere, it is refused, but for a cut behind all that is needed.
    [Fact]
    public void ATruncatedFileIsRefused()
    {
        byte[] file = Kernel(true).ToArray();
        using var machine = new LoadMachine();
        Assert.Equal(LoadStatus.Ready, machine.Examine(file));
        for (int length = 1; length < file.Length; length += 7)
        {
            LoadStatus status = machine.Examine(file[..length]);
            Assert.True(status is LoadStatus.Truncated or LoadStatus.Elf or LoadStatus.Unknown or LoadStatus.Text,
                $"{length}: {status}");
        }
    }

    // Address fields overrule ELF; the kernel is entered directly all the same, because it is no NimbOS.
    [Fact]
    public void AddressFieldsOverruleElf()
    {
        var elf = new ElfWriter(false) { Entry = Load };
        byte[] code = new byte[0x100];
        uint offset = 52 + 32;
        MultibootWriter.Header(
            0x1_0000, (uint)Load + offset, (uint)Load, (uint)Load + 0x80, 0, (uint)Load + offset + 0x20)
            .CopyTo(code, 0);
        elf.Segment(0x30_0000, code, 0x100);
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(elf.ToArray()));
        Assert.Equal((StartMode.Protected, Load + offset + 0x20), (machine.Start.Mode, machine.Start.Entry));
        Assert.Equal(elf.ToArray()[..0x80], machine.Read(Load, 0x80));
    }

    [Fact]
    public void SectionsNeedRoom()
    {
        ElfWriter elf = Kernel(false);
        elf.Section(".debug", 1, new byte[0x30_0000]);
        using var machine = new LoadMachine();
        Assert.Equal(LoadStatus.NoRoomBehind, machine.Examine(elf.ToArray()));
    }

    // Table, symbols, strings, the new one, names: each at the next multiple of 16. All names together are three such.
    [Theory]
    [InlineData(0, LoadStatus.Ready)]
    [InlineData(1, LoadStatus.NoRoomBehind)]
    internal void SectionsMayFillTheMemoryToTheLastByte(uint more, LoadStatus status)
    {
        using var machine = new LoadMachine();
        Assert.Equal(LoadStatus.Ready, machine.Examine(Kernel(false).ToArray()));
        ulong before = machine.Plan.Sections.Value + (6 * 40) + (ulong)((s_symbols.Length + 15) & ~15) + 16;
        ElfWriter elf = Kernel(false);
        elf.Section(".debug-at-large", 1, new byte[LoadMachine.Memory - 48 - before + more]);
        Assert.Equal(status, machine.Examine(elf.ToArray()));
    }
}
