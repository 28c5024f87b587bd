// The 8042 as kernels meet it: the loop before a reset, the self-test, the command byte, and a keyboard that is not
// there.

using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class KeyboardControllerTests
{
    private const int Data = 0x60;
    private const int Command = 0x64;

    private readonly PcMachine _machine = new();

    // `while (inb(0x64) & 2); outb(0xFE, 0x64);`
    [Fact]
    public void TheUsualRebootLoopEnds()
    {
        Assert.Equal(0u, _machine.In(Command) & 2);
        _machine.Out(Command, 0xFE);
        Assert.Equal(GuestEnd.Reset, _machine.Vm->End);
    }

    [Theory]
    [InlineData(0xAA, 0x55)]
    [InlineData(0xAB, 0x00)]
    [InlineData(0xA9, 0xFF)]
    [InlineData(0x20, 0x24)]
    [InlineData(0xD0, 0xDF)]
    [InlineData(0x3F, 0x00)]
    public void CommandsAnswer(int command, uint answer)
    {
        Assert.Equal(0x14u, _machine.In(Command));
        _machine.Out(Command, (uint)command);
        Assert.Equal(0x1Du, _machine.In(Command));
        Assert.Equal(answer, _machine.In(Data));
        Assert.Equal(0x1Cu, _machine.In(Command));
    }

    [Fact]
    public void TheCommandByteIsKept()
    {
        _machine.Out(Command, 0x60);
        _machine.Out(Data, 0x65);
        _machine.Out(Command, 0xAD);
        _machine.Out(Command, 0xA7);
        Assert.Equal(0x75u, Ask(0x20));
        _machine.Out(Command, 0xAE);
        _machine.Out(Command, 0xA8);
        Assert.Equal(0x45u, Ask(0x20));
    }

    [Theory]
    [InlineData(0xDF, false)]
    [InlineData(0xDE, true)]
    public void TheOutputPortResets(uint value, bool resets)
    {
        _machine.Out(Command, 0xD1);
        Assert.Equal(GuestEnd.None, _machine.Vm->End);
        _machine.Out(Data, value);
        Assert.Equal(resets, _machine.Vm->End == GuestEnd.Reset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NoKeyboardAnswersInTime(bool isSecond)
    {
        if (isSecond)
        {
            _machine.Out(Command, 0xD4);
        }

        _machine.Out(Data, 0xF2);
        Assert.Equal(0x55u, _machine.In(Command));
        Assert.Equal(0xFEu, _machine.In(Data));
        Assert.Equal(0x14u, _machine.In(Command));
    }

    [Fact]
    public void WhatArrivesInterruptsIfItIsAllowed()
    {
        _machine.Out(Command, 0xAA);
        Assert.Equal(0u, _machine.Vm->Board.HighLines);
        _machine.Out(Command, 0x60);
        _machine.Out(Data, 0x45);
        Assert.Equal(2u, _machine.Vm->Board.HighLines);
        _machine.In(Data);
        Assert.Equal(0u, _machine.Vm->Board.HighLines);
        _machine.Out(Command, 0xD2);
        _machine.Out(Data, 0x1C);
        Assert.Equal(2u, _machine.Vm->Board.HighLines);
        Assert.Equal(0x1Cu, _machine.In(Data));
    }

    private uint Ask(uint command)
    {
        _machine.Out(Command, command);
        return _machine.In(Data);
    }
}
