// The platform clock against exact arithmetic, at the frequencies that processors have and at odd ones.

using System;
using System.Numerics;
using Xunit;

namespace MinusOne.Tests.Unit.Time;

public sealed class GuestClockTests
{
    [Fact]
    public void At100MegahertzATickIsATscTick()
    {
        GuestClock clock = Started(100_000_000, 12345);
        foreach (ulong ticks in new ulong[] { 0, 1, 2, 999_999_999, 1UL << 40, (1UL << 55) - 1 })
        {
            Assert.Equal(ticks, clock.Now(12345 + ticks));
            Assert.Equal(12345 + ticks, clock.TscAt(ticks));
        }
    }

    // Over a year of guest time the fixed point may be off by what 2^-50 makes of it, and by no more.
    [Fact]
    public void TheRatioIsExactToADay()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            ulong hertz = (ulong)random.NextInt64(20_000_000, 6_000_000_000);
            ulong start = (ulong)random.NextInt64();
            GuestClock clock = Started(hertz, start);
            ulong tsc = (ulong)random.NextInt64((long)hertz * 86_400);
            var exact = (ulong)((BigInteger)tsc * 100_000_000 / hertz);
            ulong now = clock.Now(start + tsc);
            Assert.True(now == exact || now + 1 == exact, $"seed {seed}: {now}, exact {exact}");
        }
    }

    [Fact]
    public void ADeadlineIsTheFirstTscAtWhichItIsReached()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            GuestClock clock = Started((ulong)random.NextInt64(20_000_000, 6_000_000_000), (ulong)random.Next());
            ulong now = (ulong)random.NextInt64(1L << 44);
            ulong tsc = clock.TscAt(now);
            Assert.True(clock.Now(tsc) >= now && (now == 0 || clock.Now(tsc - 1) < now), $"seed {seed}");
        }
    }

    // Ratios that the fixed point can hold are exact, at every tick.
    [Theory]
    [InlineData(200_000_000, 2)]
    [InlineData(3_200_000_000, 32)]
    public void PowersOfTwoAreExact(ulong hertz, ulong ratio)
    {
        GuestClock clock = Started(hertz, 5);
        for (ulong now = 0; now < 1000; now++)
        {
            Assert.Equal(now, clock.Now(5 + (now * ratio)));
            Assert.Equal(5 + (now * ratio), clock.TscAt(now));
        }
    }

    // A guest may ask for any time, on a clock that is slower than the host's; nobody counts up to what does not fit.
    [Theory]
    [InlineData(250_000_000, 1UL << 61)]
    [InlineData(250_000_000, 1UL << 62)]
    [InlineData(250_000_000, (1UL << 63) - 1)]
    [InlineData(6_400_000_000, 1UL << 57)]
    [InlineData(6_400_000_000, 1UL << 58)]
    [InlineData(6_400_000_000, (1UL << 63) - 1)]
    [InlineData(6_400_000_000, ulong.MaxValue - 1)]
    public void ATimeThatDoesNotFitIsNeverOrTheFirstTsc(ulong hertz, ulong now)
    {
        GuestClock clock = Started(hertz, 5);
        ulong tsc = clock.TscAt(now);
        bool fits = (BigInteger)now * hertz / 100_000_000 < BigInteger.One << 63;
        Assert.Equal(fits, tsc != GuestClock.Never);
        Assert.True(!fits || clock.Now(tsc) >= now);
    }

    [Fact]
    public void WhatTheTscDoesNotReachIsNever() =>
        Assert.Equal(GuestClock.Never, Started(3_000_000_000, long.MaxValue - 100).TscAt(1000));

    // A guest may be older than its host: what is over for it is over at the host's first tick.
    [Fact]
    public void AGuestMayBeOlderThanItsHost()
    {
        GuestClock clock = Started(200_000_000, 0);
        clock.Set(1_000_000, 100);
        Assert.Equal(1_000_000ul, clock.Now(100));
        Assert.Equal(1_000_050ul, clock.Now(200));
        Assert.Equal(200ul, clock.TscAt(1_000_050));
        Assert.Equal(0ul, clock.TscAt(999_000));
    }

    [Fact]
    public void WhatIsSkippedDidNotHappen()
    {
        GuestClock clock = Started(3_000_000_000, 100);
        clock.Skip(3_000_000);
        Assert.InRange(clock.Now(100 + 3_000_000 + 30_000), 999ul, 1000ul);
    }

    [Fact]
    public void NeverStaysNever() => Assert.Equal(GuestClock.Never, Started(3_000_000_000, 1).TscAt(GuestClock.Never));

    [Fact]
    public void WithoutAFrequencyTheTscIsTheClock() => Assert.Equal(77ul, Started(0, 100).Now(177));

    private static GuestClock Started(ulong hertz, ulong tsc)
    {
        GuestClock clock = default;
        clock.Start(hertz, tsc);
        return clock;
    }
}
