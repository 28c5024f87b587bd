// The serial port as a guest that polls sees it.

using MinusOne.Hv;
using MinusOne.Hv.Guests;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class SerialPortTests
{
    private const int Data = 0x3F8, Enable = 0x3F9, Identification = 0x3FA, LineControl = 0x3FB, ModemControl = 0x3FC;
    private const int LineStatus = 0x3FD, ModemStatus = 0x3FE, Scratch = 0x3FF;

    [Fact]
    public void ADivisorDoesNotPrint()
    {
        using var machine = new BoardMachine(SceneFlags.None);
        machine.Out(Enable, 0xF5);
        machine.Out(LineControl, 0x83);
        machine.Out(Data, 12);
        machine.Out(Enable, 0xAB);
        Assert.Equal(12u, machine.In(Data));
        Assert.Equal(0xABu, machine.In(Enable));
        machine.Out(LineControl, 0x03);
        Assert.Equal("", BoardMachine.Printed);
        Assert.Equal(5u, machine.In(Enable));
        machine.Out(Data, 'x');
        Assert.Equal("x", BoardMachine.Printed);
        Assert.Equal(3u, machine.In(LineControl));
    }

    [Fact]
    public void WhatIsTypedIsReadOnceAndInOrder()
    {
        using var machine = new BoardMachine(SceneFlags.None);
        Assert.Equal(0x60u, machine.In(LineStatus));
        Host.Typed.Enqueue((byte)'a');
        Host.Typed.Enqueue((byte)'b');
        Assert.Equal(0x61u, machine.In(LineStatus));
        Assert.Equal(0x61u, machine.In(LineStatus));
        Assert.Equal('a', (char)machine.In(Data));
        Assert.Equal('b', (char)machine.In(Data));
        Assert.Equal(0x60u, machine.In(LineStatus));
        Assert.Equal(0u, machine.In(Data));
    }

    [Fact]
    public void TheDivisorLatchHidesInput()
    {
        using var machine = new BoardMachine(SceneFlags.None);
        Host.Typed.Enqueue((byte)'a');
        machine.Out(LineControl, 0x80);
        Assert.Equal(0u, machine.In(Data));
        machine.Out(LineControl, 0);
        Assert.Equal('a', (char)machine.In(Data));
    }

    [Fact]
    public void AFifoResetDropsInput()
    {
        using var machine = new BoardMachine(SceneFlags.None);
        Assert.Equal(1u, machine.In(Identification));
        Host.Typed.Enqueue((byte)'a');
        Assert.Equal(0x61u, machine.In(LineStatus));
        machine.Out(Identification, 3);
        Assert.Equal(0xC1u, machine.In(Identification));
        Assert.Equal(0x60u, machine.In(LineStatus));
    }

    [Fact]
    public void LoopbackTurnsOutputIntoInput()
    {
        using var machine = new BoardMachine(SceneFlags.None);
        Assert.Equal(0xB0u, machine.In(ModemStatus));
        machine.Out(ModemControl, 0xFF);
        Assert.Equal(0x1Fu, machine.In(ModemControl));
        Assert.Equal(0xF0u, machine.In(ModemStatus));
        machine.Out(ModemControl, 0x1A);
        Assert.Equal(0x90u, machine.In(ModemStatus));
        Host.Typed.Enqueue((byte)'a');
        machine.Out(Data, 'z');
        Assert.Equal("", BoardMachine.Printed);
        Assert.Equal('z', (char)machine.In(Data));
        Assert.Equal(0x60u, machine.In(LineStatus));
        machine.Out(ModemControl, 0);
        Assert.Equal('a', (char)machine.In(Data));
    }

    [Fact]
    public void TheScratchRegisterKeepsWhatItGets()
    {
        using var machine = new BoardMachine(SceneFlags.None);
        machine.Out(Scratch, 0x5A);
        machine.Out(LineStatus, 0xFF);
        machine.Out(ModemStatus, 0xFF);
        Assert.Equal(0x5Au, machine.In(Scratch));
        Assert.Equal(0x60u, machine.In(LineStatus));
        Assert.Equal(0xB0u, machine.In(ModemStatus));
    }
}
