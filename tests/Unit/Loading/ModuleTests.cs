// Modules of multiboot kernels beside the initial RAM disk: where they are, what is said of them, and what is refused.

using System;
using System.Text;
using MinusOne.Efi.Options;
using MinusOne.Tests.Loading;
using Xunit;

namespace MinusOne.Tests.Unit.Loading;

public sealed class ModuleTests
{
    private const uint Load = 0x20_0000;
    private const ulong Information = 0x9000;

    private static readonly byte[] s_kernel = MultibootWriter.Flat(0x1000, 0, Load, 0, Load + 0x1800, Load);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EachHasItsPagesAndItsString(bool hasInitrd)
    {
        using var machine = new LoadMachine();
        machine.Files.CommandLine = machine.Pin("quiet"u8.ToArray());
        machine.Files.Initrd = hasInitrd ? machine.Pin([9]) : default;
        machine.Add(new byte[0x1001], "ext2fs --readonly");
        machine.Add([7, 8], "");
        Assert.Equal("ready", machine.Load(s_kernel));
        Assert.Equal(hasInitrd ? 3u : 2u, machine.Read32(Information + 20));
        ulong row = machine.Read32(Information + 24);
        ulong start = 0x20_2000;
        if (hasInitrd)
        {
            Check(machine, row, start, [9], "initrd");
            row += 16;
            start += 0x1000;
        }

        Check(machine, row, start, new byte[0x1001], "ext2fs --readonly");
        Check(machine, row + 16, start + 0x2000, [7, 8], "");
        Assert.Equal("quiet", machine.ReadText(machine.Read32(Information + 16)));
    }

    private static void Check(LoadMachine machine, ulong row, ulong start, byte[] content, string text)
    {
        Assert.Equal(0ul, row & 3);
        Assert.Equal(start, machine.Read32(row));
        Assert.Equal(start + (ulong)content.Length, machine.Read32(row + 4));
        Assert.Equal(text, machine.ReadText(machine.Read32(row + 8)));
        Assert.Equal(content, machine.Read(start, content.Length));
    }

    // The second begins at 203000, in a memory that ends at 400000.
    [Theory]
    [InlineData(0x1F_D000, LoadStatus.Ready)]
    [InlineData(0x1F_D001, LoadStatus.NoRoomBehind)]
    [InlineData(0, LoadStatus.ModuleEmpty)]
    internal void AllMustFit(int length, LoadStatus expected)
    {
        using var machine = new LoadMachine();
        machine.Add([1], "one");
        machine.Add(new byte[length], "two");
        Assert.Equal(expected, machine.Examine(s_kernel));
    }

    // A page has room for the fixed part, the command line, a row of 16 bytes and the string, with a zero behind each.
    [Theory]
    [InlineData(0xDFF, 0xEF, LoadStatus.Ready)]
    [InlineData(0xDFF, 0xF0, LoadStatus.CommandLineTooLong)]
    [InlineData(0xE00, 0xEB, LoadStatus.Ready)]
    [InlineData(0xE00, 0xEC, LoadStatus.CommandLineTooLong)]
    internal void TheStringsMustFitBesideTheCommandLine(int line, int text, LoadStatus expected)
    {
        using var machine = new LoadMachine();
        machine.Files.CommandLine = machine.Pin(Encoding.ASCII.GetBytes(new string('c', line)));
        machine.Add([1], new string('m', text));
        Assert.Equal(expected, machine.Examine(s_kernel));
        if (expected == LoadStatus.Ready)
        {
            Assert.Equal("ready", machine.Load());
            Assert.Equal(text, machine.ReadText(machine.Read32(machine.Read32(Information + 24) + 8)).Length);
        }
    }

    [Fact]
    public void ThereAreAtMostEight()
    {
        KernelModules modules = default;
        for (int i = 0; i < KernelModules.Most; i++)
        {
            Assert.True(modules.TryAdd(default));
        }

        Assert.False(modules.TryAdd(default));
        Assert.Equal(8, modules.Count);
    }

    [Fact]
    public void OthersThanMultibootKernelsTakeNone()
    {
        using var machine = new LoadMachine();
        machine.Add([1], "one");
        Assert.Equal(LoadStatus.LinuxModules, machine.Examine(new LinuxWriter().ToArray()));
        machine.Files.HasEntry = true;
        machine.Files.Entry = 0x1000;
        Assert.Equal(LoadStatus.NobodyToTell, machine.Examine([0xF4]));
    }

    [Theory]
    [InlineData(@"\minusone\vmlinuz root=/dev/vda a:b", @"\minusone\vmlinuz", "vmlinuz root=/dev/vda a:b")]
    [InlineData(@"\minusone\module0.bin:ld.so a  b", @"\minusone\module0.bin", "ld.so a  b")]
    [InlineData(@"\minusone\module0.bin:my file", @"\minusone\module0.bin", "my file")]
    [InlineData("dir/file", "dir/file", "file")]
    [InlineData("file a/b", "file", "file a/b")]
    [InlineData("x:", "x", "")]
    [InlineData("", "", "")]
    public void ALineIsAPathAndAString(string line, string path, string text)
    {
        ModuleText.Split(
            Encoding.ASCII.GetBytes(line), out ReadOnlySpan<byte> foundPath, out ReadOnlySpan<byte> foundText);
        Assert.Equal(path, Encoding.ASCII.GetString(foundPath));
        Assert.Equal(text, Encoding.ASCII.GetString(foundText));
    }
}
