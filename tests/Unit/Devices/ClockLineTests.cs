// The real-time clock and ACPI's events in their places on the board: from the port to the processor, and back.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class ClockLineTests : IDisposable
{
    private const byte ClockVector = 0x70, AcpiVector = 0x71;
    private const ulong Second = 100_000_000;

    private readonly PcMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void TheClockInterruptsEverySecondUntilNobodyLooks()
    {
        Set(0x0A, 0x20);
        Set(0x0B, 0x12);
        for (ulong i = 1; i <= 3; i++)
        {
            _machine.WaitForInterrupt(2 * Second);
            Assert.Equal(i * Second, _machine.Now);
            Assert.Equal(ClockVector, _machine.Take());
            _machine.Out(0x70, 0x0C);
            Assert.Equal(0x90u, _machine.In(0x71));
        }

        _machine.WaitForInterrupt(2 * Second);
        Assert.Equal(ClockVector, _machine.Take());
        _machine.Pass(5 * Second);
        Assert.False(_machine.IsInterrupted);
    }

    // HPET specification 2.3.5: legacy replacement takes the line.
    [Fact]
    public void TheHpetCanTakeTheLine()
    {
        _machine.WriteHpet(0x10, 3);
        Set(0x0B, 0x12);
        _machine.Pass(2 * Second);
        Assert.False(_machine.IsInterrupted);
    }

    [Fact]
    public void ThePowerButtonIsALevel()
    {
        _machine.Out(0x4D1, 0x02);
        PowerAccess.PressButton(&_machine.Vm->Board);
        Assert.False(_machine.IsInterrupted);
        _machine.Out(0x603, 1);
        Assert.Equal(AcpiVector, _machine.Take());
        Assert.True(_machine.IsInterrupted);
        Assert.Equal(AcpiVector, InterruptRouting.Acknowledge(&_machine.Vm->Board));
        Assert.Equal(1u, _machine.In(0x601));
        _machine.Out(0x601, 1);
        _machine.Out(0xA0, 0x20);
        _machine.Out(0x20, 0x20);
        Assert.False(_machine.IsInterrupted);
    }

    [Fact]
    public void TheTimersCarryWakes()
    {
        _machine.Out(0x602, 1);
        Assert.InRange(_machine.WaitForInterrupt(5 * Second), 234_000_000ul, 235_000_000ul);
        Assert.Equal(AcpiVector, _machine.Take());
        Assert.Equal(0x80u, _machine.In(0x60A));
        Assert.Equal(1u, _machine.In(0x600));
    }

    private void Set(byte register, byte value)
    {
        _machine.Out(0x70, register);
        _machine.Out(0x71, value);
    }
}
