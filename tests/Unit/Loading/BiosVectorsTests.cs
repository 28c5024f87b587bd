// The vectors of a PC in real mode: what stands behind each, by the instructions of an independent decoder.

using System.Collections.Generic;
using System.Linq;
using Iced.Intel;
using MinusOne.Tests.Loading;
using Xunit;
using Decoder = Iced.Intel.Decoder;

namespace MinusOne.Tests.Unit.Loading;

public sealed class BiosVectorsTests
{
    private const uint Load = 0x20_0000;

    private static readonly byte[] s_kernel = MultibootWriter.Flat(0x1000, 0, Load, 0, 0, Load);

    private static LoadMachine New()
    {
        var machine = new LoadMachine();
        machine.Files.IsForPc = true;
        return machine;
    }

    private static IEnumerable<string> Code(LoadMachine machine, int vector)
    {
        uint pointer = machine.Read32((ulong)vector * 4);
        ulong address = ((pointer >> 16) << 4) + (pointer & 0xFFFF);
        var decoder = Decoder.Create(16, machine.Read(address, 0x20), address);
        Instruction next;
        do
        {
            decoder.Decode(out next);
            yield return next.ToString();
        }
        while (next.Mnemonic != Mnemonic.Iret);
    }

    [Theory]
    [InlineData(0x10)]
    [InlineData(0x13)]
    [InlineData(0x15)]
    [InlineData(0xFF)]
    public void NobodyIsThereToAnswer(int vector)
    {
        using LoadMachine machine = New();
        Assert.Equal("ready", machine.Load(s_kernel));
        Assert.Equal(
            ["push bp", "mov bp,sp", "or byte ptr [bp+6],1", "pop bp", "mov ah,86h", "iret"], Code(machine, vector));
    }

    [Theory]
    [InlineData(0x11, "mov ax,ds:[10h]")]
    [InlineData(0x12, "mov ax,ds:[13h]")]
    public void TheDataAreaAnswers(int vector, string read)
    {
        using LoadMachine machine = New();
        Assert.Equal("ready", machine.Load(s_kernel));
        Assert.Equal(["push ds", "mov ax,40h", "mov ds,ax", read, "pop ds", "iret"], Code(machine, vector));
    }

    // An NMI may come anywhere: nothing changes by it.
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(7)]
    public void ExceptionsGoBack(int vector)
    {
        using LoadMachine machine = New();
        Assert.Equal("ready", machine.Load(s_kernel));
        Assert.Equal(["iret"], Code(machine, vector));
    }

    // One of the second 8259 is ended at both.
    [Fact]
    public void InterruptsOfChipsAreEnded()
    {
        using LoadMachine machine = New();
        Assert.Equal("ready", machine.Load(s_kernel));
        for (int line = 0; line < 8; line++)
        {
            Assert.Equal(["push ax", "mov al,20h", "out 20h,al", "pop ax", "iret"], Code(machine, 8 + line));
            Assert.Equal(
                ["push ax", "mov al,20h", "out 0A0h,al", "out 20h,al", "pop ax", "iret"], Code(machine, 0x70 + line));
        }
    }

    [Theory]
    [InlineData(0x3FEu)]
    [InlineData(0x480u)]
    [InlineData(0xF_0800u)]
    public void AKernelThatLiesThereKeepsItsBytes(uint load)
    {
        var elf = new ElfWriter(false) { Entry = 0x10_0000 };
        elf.Segment(0x10_0000, [.. MultibootWriter.Header(0), .. new byte[20]], 32);
        elf.Segment(load, [1, 2], 0x100);
        using LoadMachine machine = New();
        Assert.Equal("ready", machine.Load(elf.ToArray()));
        Assert.Equal([1, 2], machine.Read(load, 2));
        Assert.True(machine.Read(0x54, 4).All(value => value == 0));
    }

    [Fact]
    public void OnlyAPcWithoutABiosOfTheUsersOwnHasThem()
    {
        using var plain = new LoadMachine();
        Assert.Equal("ready", plain.Load(s_kernel));
        using LoadMachine machine = New();
        machine.Files.Bios = machine.Pin([0xF4]);
        Assert.Equal("ready", machine.Load(s_kernel));
        Assert.Equal((0u, 0u), (plain.Read32(0x54), machine.Read32(0x54)));
    }
}
