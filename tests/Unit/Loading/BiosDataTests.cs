// The BIOS data area of a PC: what is in it, and that it keeps out of the way of what else may lie there.

using System;
using System.Linq;
using MinusOne.Tests.Loading;
using Xunit;

namespace MinusOne.Tests.Unit.Loading;

public sealed class BiosDataTests
{
    private const uint Load = 0x20_0000;

    private static readonly byte[] s_kernel = MultibootWriter.Flat(0x1000, 0, Load, 0, 0, Load);

    // COM1, a coprocessor and one serial port, KiB of base memory; nothing else.
    [Theory]
    [InlineData(LoadMachine.Memory, 640)]
    [InlineData(0x9_0000ul, 0x240)]
    public void AKernelFindsThePortAndTheMemory(ulong memory, int kibibytes)
    {
        using var machine = new LoadMachine(memory);
        machine.Files.IsForPc = true;
        machine.Files.HasEntry = true;
        machine.Files.Entry = 0x1_0000;
        Assert.Equal("ready", machine.Load([0xF4]));
        byte[] expected = new byte[0x200];
        (expected[0], expected[1]) = (0xF8, 0x03);
        (expected[0x10], expected[0x11]) = (0x02, 0x02);
        (expected[0x13], expected[0x14]) = ((byte)kibibytes, (byte)(kibibytes >> 8));
        Assert.Equal(expected, machine.Read(0x400, expected.Length));
    }

    [Fact]
    public void OnlyAPcHasIt()
    {
        using var machine = new LoadMachine();
        Assert.Equal("ready", machine.Load(s_kernel));
        Assert.Equal(new byte[0x100], machine.Read(0x400, 0x100));
    }

    [Fact]
    public void ABiosOfTheUsersOwnMakesItsOwn()
    {
        using var machine = new LoadMachine();
        machine.Files.IsForPc = true;
        machine.Files.Bios = machine.Pin([0xF4]);
        Assert.Equal("ready", machine.Load(s_kernel));
        Assert.Equal(new byte[0x100], machine.Read(0x400, 0x100));
    }

    // The last byte of it, the first behind it; a bss has bytes, too.
    [Theory]
    [InlineData(0x4FFu, 0)]
    [InlineData(0x500u, 0x3F8)]
    [InlineData(0x300u, 0)]
    public void AKernelThatLiesThereKeepsItsBytes(uint load, int port)
    {
        var elf = new ElfWriter(false) { Entry = 0x10_0000 };
        elf.Segment(0x10_0000, [.. MultibootWriter.Header(0), .. new byte[20]], 32);
        elf.Segment(load, [1, 2], 0x1000);
        using var machine = new LoadMachine();
        machine.Files.IsForPc = true;
        Assert.Equal("ready", machine.Load(elf.ToArray()));
        Assert.Equal(port, BitConverter.ToUInt16(machine.Read(0x400, 2)));
        Assert.Equal([1, 2], machine.Read(load, 2));
        Assert.True(machine.Read(load + 2, 0xFFE).All(value => value == 0));
    }
}
