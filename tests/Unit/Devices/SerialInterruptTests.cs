// The serial port's interrupts: who raises them, who goes first, what clears them.

using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class SerialInterruptTests
{
    private const uint Data =
        0, Enable = 1, Identification = 2, LineControl = 3, ModemControl = 4, LineStatus = 5, ModemStatus = 6;

    // 8 data bits, no parity, 1 stop bit at 115,200 baud: 40 bits of 868.05 units each.
    private const ulong FourCharacters = 34_722;

    private SerialPort _port;

    public SerialInterruptTests()
    {
        Write(LineControl, 0x83);
        Write(Data, 1);
        Write(Enable, 0);
        Write(LineControl, 3);
        Write(ModemControl, 0x0B);
    }

    [Fact]
    public void TheTransmitterInterruptsWhenEnabledAndAfterEveryByte()
    {
        Assert.False(_port.Interrupt);
        Write(Enable, 2);
        Assert.True(_port.Interrupt);
        Assert.Equal(2, Read(Identification));
        Assert.False(_port.Interrupt);
        Assert.Equal(1, Read(Identification));
        Write(Data, 'x');
        Assert.True(_port.Interrupt);
        Assert.Equal(2, Read(Identification));
        Assert.Equal(1, Read(Identification));
        Write(Enable, 2);
        Assert.False(_port.Interrupt);
        Write(Enable, 0);
        Write(Enable, 2);
        Assert.Equal(2, Read(Identification));
    }

    [Theory]
    [InlineData(0x03, false)]
    [InlineData(0x07, false)]
    [InlineData(0x08, true)]
    [InlineData(0x18, true)]
    public void TheSecondOutputOpensTheWayToTheInterruptController(int modemControl, bool passes)
    {
        Write(ModemControl, modemControl);
        Write(Enable, 2);
        Assert.Equal(passes, _port.Interrupt);
        Assert.Equal(2, Read(Identification));
    }

    [Fact]
    public void WithoutFifoEveryByteInterrupts()
    {
        Write(Enable, 1);
        Assert.Equal(1, _port.Room);
        _port.Receive((byte)'a', 0, 0);
        Assert.Equal(0, _port.Room);
        Assert.True(_port.Interrupt);
        Assert.Equal(4, Read(Identification));
        Assert.Equal(4, Read(Identification));
        Assert.Equal((byte)'a', Read(Data));
        Assert.False(_port.Interrupt);
        Assert.Equal(ulong.MaxValue, _port.Deadline);
    }

    [Theory]
    [InlineData(0x01, 1)]
    [InlineData(0x41, 4)]
    [InlineData(0x81, 8)]
    [InlineData(0xC1, 14)]
    public void AFifoInterruptsAtItsLevelAndUntilItIsBelow(int fifoControl, int level)
    {
        Write(Identification, fifoControl);
        Write(Enable, 1);
        for (int i = 0; i < level; i++)
        {
            Assert.False(_port.Interrupt);
            _port.Receive((byte)i, 0, 0);
        }

        Assert.True(_port.Interrupt);
        Assert.Equal(0xC4, Read(Identification));
        Assert.Equal(0, Read(Data));
        Assert.False(_port.Interrupt);
        Assert.Equal(level == 1 ? 0x60 : 0x61, Read(LineStatus));
    }

    [Fact]
    public void WhatStaysBelowTheLevelTimesOut()
    {
        Write(Identification, 0xC1);
        Write(Enable, 1);
        _port.Receive((byte)'a', 0, 1000);
        _port.Receive((byte)'b', 0, 2000);
        Assert.Equal(2000 + FourCharacters, _port.Deadline);
        _port.Elapse(2000 + FourCharacters - 1);
        Assert.False(_port.Interrupt);
        _port.Elapse(2000 + FourCharacters);
        Assert.True(_port.Interrupt);
        Assert.Equal(ulong.MaxValue, _port.Deadline);
        Assert.Equal(0xCC, Read(Identification, 50_000));
        Assert.Equal((byte)'a', Read(Data, 50_000));
        Assert.False(_port.Interrupt);
        Assert.Equal(50_000 + FourCharacters, _port.Deadline);
        Assert.Equal(0xC1, Read(Identification, 50_000));
        Assert.Equal(0xCC, Read(Identification, 50_000 + FourCharacters));
    }

    // Bits of a character: start, 5 to 8, parity, one or two stops.
    [Theory]
    [InlineData(0x00, 1, 28)]
    [InlineData(0x03, 1, 40)]
    [InlineData(0x0F, 1, 48)]
    [InlineData(0x03, 12, 480)]
    [InlineData(0x03, 0xFFFF, 2_621_400)]
    public void TheTimeOutFollowsTheLineSettings(int lineControl, int divisor, ulong bits)
    {
        Write(LineControl, 0x80);
        Write(Data, divisor & 0xFF);
        Write(Enable, divisor >> 8);
        Write(LineControl, lineControl);
        Write(Identification, 0xC1);
        Write(Enable, 1);
        _port.Receive((byte)'a', 0, 0);
        Assert.Equal(bits * 100_000_000 / 115_200, _port.Deadline);
    }

    [Fact]
    public void NoTimeOutWithoutFifoOrInterrupt()
    {
        Write(Identification, 0xC1);
        _port.Receive((byte)'a', 0, 0);
        Assert.Equal(ulong.MaxValue, _port.Deadline);
        Assert.Equal(0xC1, Read(Identification, 1_000_000));
        Write(Enable, 1);
        Assert.Equal(0xCC, Read(Identification, 1_000_000));
    }

    [Fact]
    public void AnErrorShowsWhenItsCharacterIsNext()
    {
        Write(Identification, 0x01);
        Write(Enable, 4);
        _port.Receive((byte)'a', 0, 0);
        _port.Receive(0, SerialPort.Break, 0);
        Assert.False(_port.Interrupt);
        Assert.Equal(0xE1, Read(LineStatus));
        Assert.Equal((byte)'a', Read(Data));
        Assert.True(_port.Interrupt);
        Assert.Equal(0xC6, Read(Identification));
        Assert.Equal(0xF1, Read(LineStatus));
        Assert.False(_port.Interrupt);
        Assert.Equal(0x61, Read(LineStatus));
        Assert.Equal(0, Read(Data));
        Assert.Equal(0x60, Read(LineStatus));
    }

    [Fact]
    public void AFullFifoKeepsWhatItHas()
    {
        Write(Identification, 0x01);
        Write(Enable, 4);
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(16 - i, _port.Room);
            Assert.False(_port.Interrupt);
            _port.Receive((byte)i, 0, 0);
        }

        _port.Receive(99, 0, 0);
        Assert.True(_port.Interrupt);
        Assert.Equal(0x63, Read(LineStatus));
        Assert.Equal(0x61, Read(LineStatus));
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(i, Read(Data));
        }

        Assert.Equal(0x60, Read(LineStatus));
    }

    [Fact]
    public void WithoutFifoTheNewerByteReplacesTheOlder()
    {
        _port.Receive(1, 0, 0);
        _port.Receive(2, 0, 0);
        Assert.Equal(0x63, Read(LineStatus));
        Assert.Equal(2, Read(Data));
        Assert.Equal(0x60, Read(LineStatus));
    }

    [Fact]
    public void LineStatusGoesFirstAndModemStatusLast()
    {
        Write(Identification, 0x01);
        Write(Enable, 0xF);
        Write(ModemControl, 0x18);
        Write(ModemControl, 0x08);
        _port.Receive((byte)'a', SerialPort.Break, 0);
        Assert.Equal(0xC6, Read(Identification));
        Read(LineStatus);
        Assert.Equal(0xC4, Read(Identification));
        Read(Data);
        Assert.Equal(0xC2, Read(Identification));
        Assert.Equal(0xC0, Read(Identification));
        Read(ModemStatus);
        Assert.Equal(0xC1, Read(Identification));
        Assert.False(_port.Interrupt);
    }

    [Fact]
    public void LoopbackInterruptsLikeTheLine()
    {
        Write(ModemControl, 0x1B);
        Write(Identification, 0x41);
        Write(Enable, 1);
        _port.Receive((byte)'x', 0, 0);
        Assert.True(_port.IsEmpty);
        Assert.Equal(0, _port.Room);
        for (int i = 0; i < 4; i++)
        {
            Assert.False(_port.Interrupt);
            Assert.False(_port.Write(Data, (byte)('a' + i), 0));
        }

        Assert.Equal(0xC4, Read(Identification));
    }

    private byte Read(uint offset, ulong now = 0) => _port.Read(offset, now);

    private void Write(uint offset, int value) => _port.Write(offset, (byte)value, 0);
}
