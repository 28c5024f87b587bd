// ACPI's fixed hardware: the timer and its carry, events that are written off, and what means off.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class PowerManagementTests
{
    private const uint Status = 0, Enable = 2;

    [Fact]
    public void TheTimerHas24BitsAt3579545Hertz()
    {
        var random = new Random(3);
        for (int i = 0; i < 10_000; i++)
        {
            ulong now = (ulong)random.NextInt64() >> random.Next(60);
            ulong count = (ulong)((UInt128)now * 3_579_545 / 100_000_000) & 0xFF_FFFF;
            Assert.Equal(count, PowerManagement.ReadTimer(0, 4, now));
            Assert.Equal(count >> 8 & 0xFF, PowerManagement.ReadTimer(1, 1, now));
            Assert.Equal(count >> 16, PowerManagement.ReadTimer(2, 2, now));
        }
    }

    [Fact]
    public void TheCarryInterruptsEvery2point34Seconds()
    {
        PowerManagement power = default;
        Assert.Equal(ulong.MaxValue, power.Deadline);
        power.WriteEvents(Enable, 2, 1, 0);
        ulong first = power.Deadline;
        Assert.Equal(0x7F_FFFFul, PowerManagement.ReadTimer(0, 4, first - 1));
        Assert.Equal(0x80_0000ul, PowerManagement.ReadTimer(0, 4, first));
        power.Elapse(first - 1);
        Assert.False(power.Interrupt);
        power.Elapse(first);
        Assert.True(power.Interrupt);
        Assert.Equal(ulong.MaxValue, power.Deadline);
        Assert.Equal(1ul, power.ReadEvents(Status, 2, first));
        power.WriteEvents(Status, 2, 1, first + 5);
        Assert.False(power.Interrupt);
        Assert.Equal(0ul, PowerManagement.ReadTimer(0, 4, power.Deadline));
    }

    [Fact]
    public void TheButtonInterruptsWhoAskedForIt()
    {
        PowerManagement power = default;
        power.PressButton();
        Assert.False(power.Interrupt);
        Assert.Equal(0x100ul, power.ReadEvents(Status, 2, 0));
        power.WriteEvents(Enable, 2, 0xFFFF, 0);
        Assert.True(power.Interrupt);
        Assert.Equal(0x0721_0100ul, power.ReadEvents(Status, 4, 0));
        Assert.Equal(1ul, power.ReadEvents(Status + 1, 1, 0));
        power.WriteEvents(Status, 1, 0xFF, 0);
        Assert.True(power.Interrupt);
        power.WriteEvents(Status + 1, 1, 1, 0);
        Assert.False(power.Interrupt);
        Assert.Equal(0x721ul, power.ReadEvents(Enable, 2, 0));
        power.PressButton();
        power.WriteEvents(Status, 4, 0x0100_0100, 0);
        Assert.Equal(0x0100_0000ul, power.ReadEvents(Status, 4, 0));
        power.WriteEvents(Enable + 1, 1, 0, 0);
        Assert.Equal(0ul, power.ReadEvents(Enable, 2, 0));
    }

    [Fact]
    public void OnlySleepTypeFiveIsOff()
    {
        PowerManagement power = default;
        Assert.Equal(1ul, power.ReadControl(0, 2));
        for (uint value = 0; value <= 0xFFFF; value++)
        {
            Assert.Equal((value & 0x3C00) == 0x3400, power.WriteControl((ushort)value));
            Assert.Equal((value & 0x1C00) | 1, power.ReadControl(0, 2));
            Assert.Equal((value & 0x1C00) >> 8, power.ReadControl(1, 1));
        }
    }
}
