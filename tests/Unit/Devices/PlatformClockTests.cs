// The crystals against exact arithmetic, over all times there are.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class PlatformClockTests
{
    [Fact]
    public void TicksAreExactAndTheWayBackIsTheFirstTime()
    {
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++)
        {
            ulong now = (ulong)random.NextInt64() * 2 >> random.Next(64);
            ulong pit = (ulong)((UInt128)now * 1_193_182 / 100_000_000);
            ulong power = (ulong)((UInt128)now * 3_579_545 / 100_000_000);
            Assert.True(PlatformClock.ToPit(now) == pit && PlatformClock.ToPower(now) == power, $"time {now}");
            Assert.True(PlatformClock.FromPit(pit) == First(pit, 1_193_182), $"PIT tick {pit}");
            ulong crystal = (ulong)((UInt128)now * 32_768 / 100_000_000);
            Assert.True(PlatformClock.ToCrystal(now) == crystal, $"time {now}");
            Assert.True(PlatformClock.FromCrystal(crystal) == First(crystal, 32_768), $"crystal {crystal}");
            Assert.True(PlatformClock.FromPower(power) == First(power, 3_579_545), $"power tick {power}");
        }
    }

    [Fact]
    public void BeyondAllTimesIsNever()
    {
        Assert.Equal(ulong.MaxValue, PlatformClock.FromPit(ulong.MaxValue));
        Assert.Equal(ulong.MaxValue, PlatformClock.FromPower(ulong.MaxValue / 2));
        Assert.Equal(ulong.MaxValue, PlatformClock.Add(5, ulong.MaxValue - 1));
        Assert.Equal(ulong.MaxValue - 1, PlatformClock.Add(5, ulong.MaxValue - 6));
    }

    private static ulong First(ulong ticks, ulong frequency) =>
        (ulong)((((UInt128)ticks * 100_000_000) + frequency - 1) / frequency);
}
