// A Linux kernel: where it goes, how it is entered, what its page of parameters says, and why one is refused.

extern alias guests;

using System;
using System.Linq;
using System.Text;
using MinusOne.Tests.Loading;
using Xunit;
using LinuxEntry = guests::MinusOne.Guests.Bios.LinuxEntry;

namespace MinusOne.Tests.Unit.Loading;

public sealed class LinuxTests
{
    private const ulong Page = 0x9000;
    private const ulong Load = 0x20_0000;

    private static LoadMachine New(ulong memory = LoadMachine.Memory)
    {
        var machine = new LoadMachine(memory);
        machine.Files.OwnEntry = machine.Pin(LinuxEntry.Image.Bytes);
        machine.Files.IsForPc = true;
        return machine;
    }

    private static FileBytes Text(LoadMachine machine, string text) => machine.Pin(Encoding.ASCII.GetBytes(text));

    [Theory]
    [InlineData((ushort)0x20F, (ushort)1, true)]
    [InlineData((ushort)0x20F, (ushort)0, false)]
    [InlineData((ushort)0x20C, (ushort)3, true)]
    [InlineData((ushort)0x20B, (ushort)1, false)]
    public void TheWideEntryIsTakenWhereThereIsOne(ushort version, ushort flags, bool isWide)
    {
        using LoadMachine machine = New();
        byte[] file = new LinuxWriter { Version = version, ExtraFlags = flags }.ToArray();
        Assert.Equal("ready", machine.Load(file));
        Assert.Equal((StartMode.Protected, 0x8000ul), (machine.Start.Mode, machine.Start.Entry));
        Assert.Equal((0ul, Page), (machine.Start.Rax, machine.Start.Rbx));
        ulong end = 0x8000 + (ulong)LinuxEntry.Image.Bytes.Length;
        Assert.Equal(Load + (isWide ? 0x200u : 0), machine.Read64(end - 12));
        Assert.Equal(isWide ? 1u : 0, machine.Read32(end - 4));
        Assert.Equal(LinuxEntry.Image.Bytes[..^12], machine.Read(0x8000, LinuxEntry.Image.Bytes.Length - 12));
        Assert.Equal(file[LinuxWriter.SetupBytes..], machine.Read(Load, 0x1000));
    }

    // Its length is told in units of 16 bytes; memtest86+ ends in the middle of its last.
    [Fact]
    public void TheLastUnitNeedNotBeWhole()
    {
        using LoadMachine machine = New();
        byte[] file = new LinuxWriter { Bytes = 0xFF1 }.ToArray();
        Assert.Equal("ready", machine.Load(file));
        Assert.Equal([.. file[LinuxWriter.SetupBytes..], 0], machine.Read(Load, 0xFF2));
    }

    [Fact]
    public void ParametersAreTheHeaderAndWhatALoaderKnows()
    {
        using LoadMachine machine = New();
        machine.Files.Initrd = machine.Pin([.. Enumerable.Repeat((byte)7, 0x1800)]);
        machine.Files.CommandLine = Text(machine, "console=ttyS0");
        machine.Files.OwnTables = machine.Pin(new byte[64]);
        byte[] file = new LinuxWriter().ToArray();
        Assert.Equal("ready", machine.Load(file));
        byte[] page = machine.Read(Page, 0x1000);
        Assert.Equal(0xFF, page[0x210]);
        Assert.Equal(Load, machine.Read32(Page + 0x214));
        Assert.Equal("console=ttyS0", machine.ReadText(machine.Read32(Page + 0x228)));
        Assert.Equal((0x3F_E000u, 0x1800u), (machine.Read32(Page + 0x218), machine.Read32(Page + 0x21C)));
        Assert.Equal([.. Enumerable.Repeat((byte)7, 0x1800)], machine.Read(0x3F_E000, 0x1800));
        Assert.Equal(0xE_0000ul, machine.Read64(Page + 0x70));
        Assert.Equal(0x1234_5678_9ABCul, machine.Read64(Page + 0x250));
        Assert.Equal(file[0x1F1..0x210], page[0x1F1..0x210]);
        Assert.All(page[0x268..0x2D0], value => Assert.Equal(0, value));
    }

    [Fact]
    public void TheMapIsTheMemory()
    {
        using LoadMachine machine = New();
        machine.Load(new LinuxWriter().ToArray());
        Assert.Equal(4, machine.Read(Page + 0x1E8, 1)[0]);
        (ulong, ulong, uint)[] rows = [.. Enumerable.Range(0, 4).Select(row => Page + 0x2D0 + (20 * (ulong)row))
            .Select(at => (machine.Read64(at), machine.Read64(at + 8), machine.Read32(at + 16)))];
        Assert.Equal(
            [
                (0ul, 0xA_0000ul, 1u), (0xA_0000, 0x6_0000, 2), (0x10_0000, LoadMachine.Memory - 0x10_0000, 1),
                (0xE000_0000, 0x10_0000, 2),
            ],
            rows);
    }

    [Theory]
    [InlineData(0x20D, true)]
    [InlineData(0x20F, false)]
    public void TheRsdpIsPassedWhereItIsUnderstoodAndThere(int version, bool isPc)
    {
        using LoadMachine machine = New();
        machine.Files.IsForPc = isPc;
        machine.Load(new LinuxWriter { Version = (ushort)version }.ToArray());
        Assert.Equal(0ul, machine.Read64(Page + 0x70));
    }

    // Relocatable: up to its alignment. Otherwise at 1 MiB, from where it moves.
    [Theory]
    [InlineData(true, 0x20_0000ul, 0x20_0000u, 0x20_0000ul, 0x21_0000ul)]
    [InlineData(true, 0x20_1000ul, 0x10_0000u, 0x30_0000ul, 0x31_0000ul)]
    [InlineData(true, 0ul, 0x1000u, 0x10_0000ul, 0x11_0000ul)]
    [InlineData(false, 0x20_0000ul, 0u, 0x10_0000ul, 0x21_0000ul)]
    public void IsPlacedWhereItPrefers(bool isRelocatable, ulong preferred, uint alignment, ulong start, ulong end)
    {
        using LoadMachine machine = New();
        var writer = new LinuxWriter { IsRelocatable = isRelocatable, Preferred = preferred, Alignment = alignment };
        Assert.Equal("ready", machine.Load(writer.ToArray()));
        Assert.Equal((start, end), (machine.Plan.Start.Value, machine.Plan.End.Value));
    }

    [Fact]
    public void AnOldHeaderHasNoPreference()
    {
        using LoadMachine machine = New();
        machine.Load(new LinuxWriter { Version = 0x206, IsRelocatable = false, SetupSectors = 0 }.ToArray());
        Assert.Equal((0x10_0000ul, 0x10_1000ul), (machine.Plan.Start.Value, machine.Plan.End.Value));
        Assert.Equal((false, 2560ul), (machine.Plan.IsWide, machine.Plan.Offset));
    }

    [Fact]
    public void TheInitialRamDiskStaysBelowItsLimit()
    {
        using LoadMachine machine = New();
        machine.Files.Initrd = machine.Pin(new byte[0x1001]);
        machine.Load(new LinuxWriter { LastOfInitrd = 0x2F_FFFF }.ToArray());
        Assert.Equal(0x2F_E000ul, machine.Plan.Initrd.Value);
    }

    [Fact]
    public void EveryRefusalHasItsSentence()
    {
        Refuse("it ends before what its headers promise", new LinuxWriter().ToArray()[..0x263]);
        Refuse("it ends before what its headers promise", new LinuxWriter().ToArray()[..^16]);
        Refuse("it ends before what its headers promise", new LinuxWriter { Bytes = 0 }.ToArray());
        Refuse("it ends before what its headers promise", new LinuxWriter { Bytes = 0x200 }.ToArray());
        Refuse("it is a Linux kernel with a boot protocol older", new LinuxWriter { Version = 0x205 }.ToArray());
        Refuse("it is a 16-bit-only Linux kernel", new LinuxWriter { LoadFlags = 0x80 }.ToArray());
        Refuse("its kernel_alignment is no power of 2", new LinuxWriter { Alignment = 0 }.ToArray());
        Refuse("its kernel_alignment is no power of 2", new LinuxWriter { Alignment = 0x30_0000 }.ToArray());
        Refuse("memory ends before what it needs", new LinuxWriter { InitSize = 0x20_0001 }.ToArray());
        Refuse("memory ends before what it needs", new LinuxWriter { Preferred = LoadMachine.Memory }.ToArray());
        Refuse("memory ends before what it needs", new LinuxWriter { Preferred = ulong.MaxValue }.ToArray());
        byte[] good = new LinuxWriter { MostCommandLine = 3 }.ToArray();
        Refuse("the command line is too long", good, machine => machine.Files.CommandLine = Text(machine, "abcd"));
        Refuse("the initial RAM disk is empty", good, machine => machine.Files.Initrd = machine.Pin([]));
        Refuse("the guest's memory has no room", good,
            machine => machine.Files.Initrd = machine.Pin(new byte[0x1F_0001]));
        Refuse("a Linux kernel is not entered through", good, machine => machine.Files.Bios = machine.Pin([0xF4]));
    }

    [Fact]
    public void WhatJustFitsIsReady()
    {
        using LoadMachine machine = New();
        machine.Files.CommandLine = Text(machine, "abc");
        machine.Files.Initrd = machine.Pin(new byte[0x1F_0000]);
        Assert.Equal("ready", machine.Load(new LinuxWriter { MostCommandLine = 3 }.ToArray()));
        machine.Files.Initrd = default;
        Assert.Equal("ready", machine.Load(new LinuxWriter { MostCommandLine = 3, InitSize = 0x20_0000 }.ToArray()));
    }

    // The memory of a guest whose options do not say how much.
    [Theory]
    [InlineData(0, 256)]
    [InlineData(10, 306)]
    [InlineData(700, 3072)]
    public void ALargerRamDiskGetsMoreMemory(int initrd, ulong mebibytes)
    {
        using LoadMachine machine = New();
        machine.Files.Kernel = machine.Pin(new LinuxWriter().ToArray());
        machine.Files.Initrd = initrd == 0 ? default : machine.Pin(new byte[initrd << 20]);
        Assert.Equal(mebibytes << 20, LinuxExamination.MemoryFor(machine.Files, 3ul << 30));
        machine.Files.Kernel = machine.Pin(new byte[0x1000]);
        Assert.Equal(0ul, LinuxExamination.MemoryFor(machine.Files, 3ul << 30));
    }

    private static void Refuse(string sentence, byte[] file) => Refuse(sentence, file, _ => { });

    private static void Refuse(string sentence, byte[] file, Action<LoadMachine> prepare)
    {
        using LoadMachine machine = New();
        prepare(machine);
        Assert.StartsWith(sentence, machine.Load(file));
        Assert.Equal(0ul, machine.Use.Pages);
    }
}
