// Kernels that are entered as PVH guests, as Linux's vmlinux is: the note that says so, and hvm_start_info.

using System;
using System.Linq;
using MinusOne.Tests.Loading;
using Xunit;
using static MinusOne.Tests.Loading.Multiboot2Writer;

namespace MinusOne.Tests.Unit.Loading;

public sealed class PvhTests
{
    private const ulong Load = 0x20_0000;
    private const uint Entry = 18;

    private static byte[] Kernel(byte[] notes, bool isWide = true, ulong load = Load)
    {
        ulong high = isWide ? 0xFFFF_FFFF_8000_0000 : 0xC000_0000;
        var elf = new ElfWriter(isWide) { Entry = high + load };
        elf.Segment(load, [1, 2, 3, 4, 5], 0x1800, high + load);
        elf.Segment(0, notes, 0, type: 4);
        return elf.ToArray();
    }

    [Fact]
    public void NoTablesAreToldWhereTheKernelLies()
    {
        using var machine = new LoadMachine();
        machine.Files.IsForPc = true;
        machine.Files.OwnTables = machine.Pin(new byte[64]);
        Assert.Equal("ready", machine.Load(Kernel(Note("Xen", Entry, 0, 0, 0xE, 0), load: 0xE_0000)));
        Assert.Equal(0u, machine.Read64(machine.Start.Rbx + 32));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void IsToldAsXenTells(bool isPc)
    {
        using var machine = new LoadMachine();
        machine.Files.IsForPc = isPc;
        machine.Files.OwnTables = machine.Pin(new byte[64]);
        machine.Files.CommandLine = machine.Pin("console=hvc0"u8.ToArray());
        machine.Files.Initrd = machine.Pin(new byte[0x1001]);
        machine.Add([7], "more");
        Assert.Equal("ready", machine.Load(Kernel(Note("Xen", Entry, 2, 0, 0x20, 0))));
        Assert.Equal((StartMode.Protected, Load + 2), (machine.Start.Mode, machine.Start.Entry));
        ulong info = machine.Start.Rbx;
        Assert.Equal((0x336E_C578u, 1u, 0u, 2u), (
            machine.Read32(info), machine.Read32(info + 4), machine.Read32(info + 8), machine.Read32(info + 12)));
        Assert.Equal("console=hvc0", machine.ReadText(machine.Read64(info + 24)));
        Assert.Equal(isPc ? 0xE_0000u : 0, machine.Read64(info + 32));
        ulong modules = machine.Read64(info + 16);
        CheckModule(machine, modules, new byte[0x1001], "initrd");
        CheckModule(machine, modules + 32, [7], "more");
        ulong map = machine.Read64(info + 40);
        Assert.Equal(isPc ? 4u : 3, machine.Read32(info + 48));
        Assert.Equal((0x10_0000ul, machine.Bytes - 0x10_0000, 1u),
            (machine.Read64(map + 48), machine.Read64(map + 56), machine.Read32(map + 64)));
    }

    private static void CheckModule(LoadMachine machine, ulong row, byte[] content, string text)
    {
        ulong start = machine.Read64(row);
        Assert.True(start >= machine.Plan.End.Value && (start & 0xFFF) == 0);
        Assert.Equal((ulong)content.Length, machine.Read64(row + 8));
        Assert.Equal(content, machine.Read(start, content.Length));
        Assert.Equal(text, machine.ReadText(machine.Read64(row + 16)));
    }

    // Its sections stand at the end.
    [Fact]
    public void OneThatIsCutShortIsToldSo()
    {
        var elf = new ElfWriter(true) { Entry = Load };
        elf.Segment(Load, [0xF4, .. new byte[0x100]], 0x1000);
        elf.Section(".x", 1, [1, 2, 3, 4]);
        byte[] file = elf.ToArray();
        using var machine = new LoadMachine();
        Assert.Equal(LoadStatus.Elf, machine.Examine(file));
        Assert.Equal(LoadStatus.Truncated, machine.Examine(file[..^1]));
    }


    // Behind others, of both widths; the name and the type must be right.
    [Fact]
    public void TheNoteIsFound()
    {
        byte[] others =
            [.. Note("GNU", Entry, 1, 2, 3), .. Note("Linux", 0x101, []), .. Note("Xen", 17, 0, 0, 0x20, 0)];
        using var machine = new LoadMachine();
        foreach (bool isWide in (bool[])[false, true])
        {
            Assert.Equal(
                LoadStatus.Ready, machine.Examine(Kernel([.. others, .. Note("Xen", Entry, 0, 0, 0x20, 0)], isWide)));
            Assert.Equal(
                LoadStatus.Ready, machine.Examine(Kernel(Note("Xen", Entry, 4, 0, 0x20, 0, 0, 0, 0, 0), isWide)));
            Assert.Equal((ImageKind.Pvh, Load + 4), (machine.Plan.Kind, machine.Plan.Entry.Value));
            Assert.Equal(LoadStatus.Elf, machine.Examine(Kernel(others, isWide)));
        }
    }

    [Theory]
    [InlineData("its ELF note with the entry for PVH is broken", new byte[] { 1, 2, 3 })]
    [InlineData("its ELF note with the entry for PVH is broken", new byte[] { 0, 0, 0x20, 0, 1, 0, 0, 0 })]
    [InlineData("its entry is outside what is loaded", new byte[] { 5, 0, 0x20, 0 })]
    [InlineData("its entry is outside what is loaded", new byte[] { 0, 0, 0, 0 })]
    public void ABrokenNoteIsRefused(string sentence, byte[] content)
    {
        using var machine = new LoadMachine();
        Assert.StartsWith(sentence, machine.Load(Kernel(Note("Xen", Entry, content))));
    }

    [Fact]
    public void ANoteThatEndsTooEarlyIsBroken()
    {
        using var machine = new LoadMachine();
        byte[] note = Note("Xen", Entry, 0, 0, 0x20, 0);
        Assert.Equal(LoadStatus.PvhNote, machine.Examine(Kernel(note[..^1])));
        Assert.Equal(LoadStatus.Elf, machine.Examine(Kernel(note[..15])));
        Assert.Equal(LoadStatus.Elf, machine.Examine(Kernel([])));
        note[0] = 0xFF;
        Assert.Equal(LoadStatus.Elf, machine.Examine(Kernel(note)));
    }

    // It is given what Linux is given.
    [Fact]
    public void ItHasTheMemoryOfLinux()
    {
        using var machine = new LoadMachine();
        machine.Examine(Kernel(Note("Xen", Entry, 0, 0, 0x20, 0)));
        Assert.Equal(256ul << 20, LinuxExamination.MemoryFor(machine.Files, 1 << 30));
        machine.Examine(Kernel([]));
        Assert.Equal(0ul, LinuxExamination.MemoryFor(machine.Files, 1 << 30));
    }
}
