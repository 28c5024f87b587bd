// From a chip's pin to the processor, and from its deadline to the board's: the PIT, the HPET and the serial port in
// their places.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class LinesTests : IDisposable
{
    private const int Serial = 0x3F8;
    private const byte TimerVector = 0x08, SerialVector = 0x0C, ClockVector = 0x70;

    private readonly PcMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void NobodyWaitsOnAFreshBoard()
    {
        Assert.Equal(GuestClock.Never, _machine.Vm->Board.Deadline);
        Assert.False(_machine.IsInterrupted);
    }

    // 100 Hz, served on time: a tick each 11,932 / 1,193,182 s, none lost, none doubled.
    [Fact]
    public void EveryTickOfThePitArrivesOnce()
    {
        _machine.StartPit(11_932);
        int ticks = 0;
        while (_machine.Now < 200_000_000)
        {
            _machine.Wait(1_000_000);
            if (_machine.IsInterrupted)
            {
                Assert.Equal(TimerVector, _machine.Take());
                ticks++;
            }

            Assert.False(_machine.IsInterrupted);
        }

        Assert.Equal(2 * 1_193_182 / 11_932, ticks);
    }

    [Fact]
    public void TicksThatNobodyTookAreOne()
    {
        _machine.StartPit(1193);
        _machine.Pass(50_000_000);
        Assert.True(_machine.IsInterrupted);
        Assert.Equal(TimerVector, _machine.Take());
        Assert.False(_machine.IsInterrupted);
        Assert.InRange(_machine.WaitForInterrupt(1_000_000), 1ul, 101_000ul);
    }

    // The low half of a square wave does not take back a tick that nobody took yet.
    [Fact]
    public void ATickOutlivesItsPulse()
    {
        _machine.StartPit(1193, mode: 3);
        _machine.WaitForInterrupt(1_000_000);
        Cpu.Soft.Tsc += 60_000;
        _machine.Out(0x43, 0x00);
        Assert.True(_machine.IsInterrupted);
        Assert.Equal(TimerVector, _machine.Take());
    }

    [Fact]
    public void AGuestThatStoodStillHasMissedNothing()
    {
        _machine.StartPit(11_932);
        ulong now = _machine.Now;
        Cpu.Soft.Tsc += 700_000_000;
        GuestTime.Skip(_machine.Vm, _machine.Vcpu, 700_000_000);
        Assert.Equal(now, _machine.Now);
        Assert.InRange(_machine.WaitForInterrupt(2_000_000), 999_000ul, 1_001_000ul);
    }

    // Mode 0: high once the count is over, low again with the next one, which takes back what nobody took.
    [Fact]
    public void ACountThatEndsHoldsTheLine()
    {
        _machine.Out(0x43, 0x30);
        _machine.Out(0x40, 100);
        _machine.Out(0x40, 0);
        Assert.InRange(_machine.WaitForInterrupt(1_000_000), 8000ul, 9000ul);
        Assert.Equal(1u, _machine.Vm->Board.HighLines);
        _machine.Out(0x40, 100);
        Assert.Equal(0u, _machine.Vm->Board.HighLines);
    }

    [Fact]
    public void LegacyReplacementCutsThePitOff()
    {
        _machine.StartPit(1193);
        _machine.WriteHpet(0x100, 0x04);
        _machine.WriteHpet(0x120, 0x04);
        _machine.WriteHpet(0x108, 1_000_000);
        _machine.WriteHpet(0x128, 2_000_000);
        _machine.WriteHpet(0x010, 3);
        Assert.InRange(_machine.WaitForInterrupt(2_000_000), 999_000ul, 1_001_000ul);
        Assert.Equal(TimerVector, _machine.Take());
        Assert.InRange(_machine.WaitForInterrupt(2_000_000), 999_000ul, 1_001_000ul);
        Assert.Equal(ClockVector, _machine.Take());
        _machine.WriteHpet(0x010, 0);
        Assert.InRange(_machine.WaitForInterrupt(2_000_000), 0ul, 101_000ul);
        Assert.Equal(TimerVector, _machine.Take());
    }

    [Fact]
    public void ALevelOfTheHpetStaysUntilItIsCleared()
    {
        _machine.Out(0x4D1, 0x01);
        _machine.WriteHpet(0x100, 0x06);
        _machine.WriteHpet(0x108, 5000);
        _machine.WriteHpet(0x010, 3);
        _machine.Pass(10_000);
        Assert.Equal(1u, _machine.Vm->Board.HighLines);
        _machine.WriteHpet(0x020, 1);
        Assert.Equal(0u, _machine.Vm->Board.HighLines);
    }

    [Fact]
    public void TheHpetCountsThePlatformClock()
    {
        _machine.WriteHpet(0x010, 1);
        ulong first = _machine.ReadHpet(0x0F0);
        Cpu.Soft.Tsc += 123_456;
        Assert.InRange(_machine.ReadHpet(0x0F0) - first, 123_456ul, 124_000ul);
        Assert.Equal(0x0098_9680u, _machine.ReadHpet(0x004, 4));
        Assert.Equal(0xFFul, _machine.ReadHpet(0x400, 1));
    }

    // A guest that waits for its serial port is told within a millisecond, or with 4 characters' time in its FIFO.
    [Theory]
    [InlineData(0x00, 101_000)]
    [InlineData(0xC7, 130_000)]
    public void WhatIsTypedInterruptsWhoListens(byte fifo, int most)
    {
        _machine.Out(0x3FA, fifo);
        _machine.Out(0x3FC, 0x08);
        _machine.Out(0x3F9, 0x01);
        _machine.Wait(1_000_000);
        Assert.NotEqual(GuestClock.Never, _machine.Vm->Board.Deadline);
        SerialPortTests.Type("q");
        Assert.InRange(_machine.WaitForInterrupt(1_000_000), 1ul, (ulong)most);
        Assert.Equal(SerialVector, _machine.Take());
        Assert.Equal('q', (char)_machine.In(0x3F8));
        Assert.Equal(0u, _machine.Vm->Board.HighLines);
        _machine.Out(0x3F9, 0);
        _machine.Wait(1_000_000);
        Assert.Equal(GuestClock.Never, _machine.Vm->Board.Deadline);
    }

    // PC16550D: the transmitter's interrupt is taken back by reading IIR or by writing THR. A driver that does only the
    // latter gets one for every byte, from an edge-triggered controller as well.
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void EveryByteSentInterruptsAnew(int readsIdentification, bool isShort)
    {
        _machine.Out(Serial + 4, 0x08);
        _machine.Out(Serial + 1, 0x02);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(_machine.IsInterrupted, $"byte {i}");
            Assert.Equal(0x0C, _machine.Take());
            if (readsIdentification == 2)
            {
                Assert.Equal(2u, _machine.In(Serial + 2));
            }

            Assert.False(_machine.IsInterrupted);
            if (isShort)
            {
                SerialAccess.NoteSent(&_machine.Vm->Board);
            }
            else
            {
                _machine.Out(Serial, 'x');
            }
        }
    }

    // SDM 3A 12.4.5 Relocating the Local APIC Registers.
    [Fact]
    public void TheWindowFollowsItsBase()
    {
        var old = new Gpa(0xFEE0_0030);
        var moved = new Gpa(0xFED4_0030);
        ulong version = _machine.Vm->Board.ReadMemory(old, 4);
        Assert.Equal(uint.MaxValue, _machine.Vm->Board.ReadMemory(moved, 4));
        ApicAccess.Follow(&_machine.Vm->Board, 0xFEE0_0000, 0xFED4_0000);
        Assert.Equal(version, _machine.Vm->Board.ReadMemory(old, 4));
        Assert.Equal(version, _machine.Vm->Board.ReadMemory(moved, 4));
        _machine.Vm->Board.Apic->SetBase(0xFED4_0900);
        ApicAccess.Follow(&_machine.Vm->Board, 0xFEE0_0000, 0xFED4_1000);
        Assert.Equal(uint.MaxValue, _machine.Vm->Board.ReadMemory(old, 4));
        Assert.Equal(version, _machine.Vm->Board.ReadMemory(new Gpa(0xFED4_1030), 4));
    }
}
