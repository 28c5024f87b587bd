// The serial port as a guest that polls sees it, through the board's ports.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class SerialPortTests
{
    private const int Data = 0x3F8, Enable = 0x3F9, Identification = 0x3FA, LineControl = 0x3FB, ModemControl = 0x3FC;
    private const int LineStatus = 0x3FD, ModemStatus = 0x3FE, Scratch = 0x3FF;

    [Fact]
    public void ADivisorDoesNotPrint()
    {
        using var machine = new BoardMachine(VmFeatures.None);
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
        using var machine = new BoardMachine(VmFeatures.None);
        Assert.Equal(0x60u, machine.In(LineStatus));
        Type("ab");
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
        using var machine = new BoardMachine(VmFeatures.None);
        Type("a");
        machine.Out(LineControl, 0x80);
        Assert.Equal(0u, machine.In(Data));
        machine.Out(LineControl, 0);
        Assert.Equal('a', (char)machine.In(Data));
    }

    // What is still in front of the chip is not in its FIFO.
    [Fact]
    public void AFifoResetDropsWhatIsInTheFifo()
    {
        using var machine = new BoardMachine(VmFeatures.None);
        Assert.Equal(1u, machine.In(Identification));
        Type("abc");
        Assert.Equal(0x61u, machine.In(LineStatus));
        machine.Out(Identification, 1);
        Assert.Equal(0xC1u, machine.In(Identification));
        Assert.Equal(0x61u, machine.In(LineStatus));
        machine.Out(Identification, 3);
        Assert.Equal(0x60u, machine.In(LineStatus));
    }

    [Fact]
    public void SettingThePortUpLosesNothingThatWasTypedBefore()
    {
        using var machine = new BoardMachine(VmFeatures.None);
        Type("early");
        machine.Out(Enable, 0);
        machine.Out(LineControl, 0x80);
        machine.Out(Data, 1);
        machine.Out(Enable, 0);
        machine.Out(LineControl, 3);
        machine.Out(Identification, 0xC7);
        machine.Out(ModemControl, 0x0B);
        foreach (char expected in "early")
        {
            Assert.Equal(0x61u, machine.In(LineStatus));
            Assert.Equal(expected, (char)machine.In(Data));
        }
    }

    [Theory]
    [InlineData(0xFF, 0xFF, 0xC1)]
    [InlineData(0xC0, 0x00, 0x01)]
    [InlineData(0x02, 0x00, 0x01)]
    public void FifoBitsCountOnlyWithTheEnableBit(int written, int again, int identification)
    {
        using var machine = new BoardMachine(VmFeatures.None);
        machine.Out(Identification, (uint)written);
        machine.Out(Identification, (uint)again);
        Assert.Equal((uint)identification, machine.In(Identification));
    }

    [Fact]
    public void LoopbackTurnsOutputIntoInput()
    {
        using var machine = new BoardMachine(VmFeatures.None);
        Assert.Equal(0xB0u, machine.In(ModemStatus));
        machine.Out(ModemControl, 0xFF);
        Assert.Equal(0x1Fu, machine.In(ModemControl));
        Assert.Equal(0xF0u, machine.In(ModemStatus));
        Type("a");
        machine.Out(Data, 'z');
        Assert.Equal("", BoardMachine.Printed);
        Assert.Equal('z', (char)machine.In(Data));
        Assert.Equal(0x60u, machine.In(LineStatus));
        machine.Out(ModemControl, 0);
        Assert.Equal('a', (char)machine.In(Data));
    }

    // DTR, RTS, OUT1, OUT2 come back as DSR, CTS, RI, DCD; what changed shows once, of RI only its end.
    [Theory]
    [InlineData(0x10, 0x11, 0x22)]
    [InlineData(0x10, 0x12, 0x11)]
    [InlineData(0x10, 0x14, 0x40)]
    [InlineData(0x14, 0x10, 0x04)]
    [InlineData(0x10, 0x18, 0x88)]
    [InlineData(0x1F, 0x10, 0x0F)]
    [InlineData(0x10, 0x00, 0xBB)]
    [InlineData(0x00, 0x10, 0x0B)]
    public void ModemInputsFollowTheOutputsInLoopback(int before, int after, int status)
    {
        using var machine = new BoardMachine(VmFeatures.None);
        machine.Out(ModemControl, (uint)before);
        machine.In(ModemStatus);
        machine.Out(ModemControl, (uint)after);
        Assert.Equal((uint)status, machine.In(ModemStatus));
        Assert.Equal((uint)status & 0xF0, machine.In(ModemStatus));
    }

    [Fact]
    public void TheScratchRegisterKeepsWhatItGets()
    {
        using var machine = new BoardMachine(VmFeatures.None);
        machine.Out(Scratch, 0x5A);
        machine.Out(LineStatus, 0xFF);
        machine.Out(ModemStatus, 0xFF);
        Assert.Equal(0x5Au, machine.In(Scratch));
        Assert.Equal(0x60u, machine.In(LineStatus));
        Assert.Equal(0xB0u, machine.In(ModemStatus));
    }

    internal static void Type(string text) => Array
        .ForEach(text.ToCharArray(), letter => Host.Typed.Enqueue((byte)letter));
}
