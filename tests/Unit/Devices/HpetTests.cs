// The HPET: its registers, one-shot and periodic timers late and in time, and random periods against counting tick by
// tick.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class HpetTests
{
    private const uint General = 0x10, Status = 0x20, Counter = 0xF0, First = 0x100, FirstComparator = 0x108;
    private const ulong Level = 2, Enabled = 4, Periodic = 8, SetsValue = 0x40, Is32Bit = 0x100, RouteTwo = 2 << 9;

    [Fact]
    public void ItIsQemus()
    {
        Hpet hpet = default;
        Assert.Equal(0x0098_9680_8086_A201ul, hpet.Read(0, 8, 0));
        Assert.Equal(0x8086_A201ul, hpet.Read(0, 4, 5));
        Assert.Equal(10_000_000ul, hpet.Read(4, 4, 5));
        Assert.Equal(0x00FF_0104_0000_0030ul, hpet.Read(First, 8, 5));
        Assert.Equal(ulong.MaxValue, hpet.Read(FirstComparator, 8, 5));
        Assert.Equal(ulong.MaxValue, hpet.Read(4, 8, 5));
        Assert.Equal(0ul, hpet.Read(0x160, 8, 5));
        Assert.Equal(ulong.MaxValue, hpet.Deadline);
    }

    [Fact]
    public void TheCounterIsTheClockWhileItRuns()
    {
        Hpet hpet = default;
        Assert.Equal(0ul, hpet.Read(Counter, 8, 1000));
        hpet.Write(Counter, 4, 0xFFFF_FFFF, 1000);
        hpet.Write(Counter + 4, 4, 7, 1000);
        hpet.Write(General, 8, 1, 2000);
        Assert.Equal(0x7_FFFF_FFFFul, hpet.Read(Counter, 8, 2000));
        Assert.Equal(0x8_0000_0004ul, hpet.Read(Counter, 8, 2005));
        Assert.Equal(8ul, hpet.Read(Counter + 4, 4, 2005));
        hpet.Write(Counter, 8, 0, 2005);
        Assert.Equal(0x8_0000_0004ul, hpet.Read(Counter, 8, 2005));
        hpet.Write(General, 4, 0, 2010);
        Assert.Equal(0x8_0000_0009ul, hpet.Read(Counter, 8, 9999));
    }

    [Fact]
    public void OneShotFiresOnce()
    {
        Hpet hpet = Running();
        hpet.Write(First, 8, Enabled | RouteTwo, 100);
        hpet.Write(FirstComparator, 8, 500, 100);
        Assert.Equal(500ul, hpet.Deadline);
        hpet.Elapse(499);
        Assert.Equal(0u, hpet.TakePulses());
        hpet.Elapse(3_000_000_000);
        Assert.Equal(1u << 2, hpet.TakePulses());
        Assert.Equal(ulong.MaxValue, hpet.Deadline);
        Assert.Equal(500ul, hpet.Read(FirstComparator, 8, 3_000_000_000));
        hpet.Write(First, 4, Enabled | RouteTwo | Is32Bit, 3_000_000_000);
        Assert.Equal((1ul << 32) + 500, hpet.Deadline);
    }

    [Fact]
    public void ALevelStaysUntilItsStatusIsCleared()
    {
        Hpet hpet = Running();
        hpet.Write(First, 8, Enabled | Level | (16 << 9), 0);
        hpet.Write(FirstComparator, 8, 500, 0);
        Assert.Equal(1ul, hpet.Read(Status, 8, 500));
        Assert.Equal(1u << 16, hpet.Lines);
        Assert.Equal(0u, hpet.TakePulses());
        hpet.Write(General, 8, 0, 600);
        Assert.Equal(0u, hpet.Lines);
        hpet.Write(General, 8, 1, 600);
        Assert.Equal(1u << 16, hpet.Lines);
        hpet.Write(Status, 4, 1, 700);
        Assert.Equal(0u, hpet.Lines);
    }

    [Fact]
    public void LegacyReplacementTakesTheOldLines()
    {
        Hpet hpet = default;
        hpet.Write(First, 8, Enabled | RouteTwo, 0);
        hpet.Write(First + 0x20, 8, Enabled, 0);
        hpet.Write(First + 0x40, 8, Enabled | (20 << 9), 0);
        for (uint i = 0; i < 3; i++)
        {
            hpet.Write(FirstComparator + (i * 0x20), 8, 10, 0);
        }

        hpet.Write(General, 8, 3, 0);
        Assert.True(hpet.IsLegacy);
        hpet.Elapse(10);
        Assert.Equal((1u << 0) | (1u << 8) | (1u << 20), hpet.TakePulses());
    }

    [Fact]
    public void OnlyRoutesThatExistAreKept()
    {
        Hpet hpet = default;
        for (ulong route = 0; route < 32; route++)
        {
            hpet.Write(First, 8, Enabled | (route << 9) | 0xC000, 0);
            ulong expected = ((0x00FF_0104ul >> (int)route) & 1) != 0 ? route : 0;
            Assert.Equal(0x00FF_0104_0000_0034ul | (expected << 9), hpet.Read(First, 8, 0));
        }
    }

    // Linux: the accumulator with VAL_SET, then the period without.
    [Fact]
    public void APeriodIsWrittenAfterItsStart()
    {
        Hpet hpet = Running();
        hpet.Write(First, 4, Enabled | Periodic | SetsValue | Is32Bit | RouteTwo, 1000);
        hpet.Write(FirstComparator, 4, 5000, 1000);
        Assert.Equal(0ul, hpet.Read(First, 4, 1000) & SetsValue);
        hpet.Write(FirstComparator, 4, 700, 1100);
        Assert.Equal(5000ul, hpet.Deadline);
        hpet.Elapse(5000);
        Assert.Equal(5700ul, hpet.Deadline);
        Assert.Equal(5700ul, hpet.Read(FirstComparator, 4, 5000));
        hpet.Elapse(100_000_000_000_000);
        Assert.Equal(1u << 2, hpet.TakePulses());
        Assert.InRange(hpet.Deadline, 100_000_000_000_001ul, 100_000_000_000_700ul);
        Assert.Equal(0ul, (hpet.Deadline - 5000) % 700);
        Assert.Equal((uint)hpet.Deadline, (uint)hpet.Read(FirstComparator, 8, 100_000_000_000_000));
    }

    [Fact]
    public void APeriodOfNothingIsNoPeriod()
    {
        Hpet hpet = Running();
        hpet.Write(First, 8, Enabled | Periodic | SetsValue | RouteTwo, 0);
        hpet.Write(FirstComparator, 8, 0, 0);
        hpet.Elapse(1000);
        Assert.Equal(1u << 2, hpet.TakePulses());
        Assert.Equal(ulong.MaxValue, hpet.Deadline);
    }

    [Fact]
    public void RandomPeriodsAgreeWithCounting()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            Hpet hpet = default;
            ulong counter = seed % 2 == 0 ? 0xFFFF_FF00 : (ulong)random.Next(1000), period = (ulong)random.Next(1, 90);
            bool is32Bit = random.Next(2) == 0, isPeriodic = random.Next(3) != 0;
            ulong width = is32Bit
                ? uint.MaxValue
                : ulong.MaxValue, comparator = (counter + (ulong)random.Next(1, 300)) & width;
            hpet.Write(Counter, 8, counter, 0);
            hpet.Write(
                First, 8, Enabled | RouteTwo | SetsValue | (isPeriodic ? Periodic : 0) | (is32Bit ? Is32Bit : 0), 0);
            hpet.Write(FirstComparator, 8, comparator, 0);
            hpet.Write(FirstComparator, 8, isPeriodic ? period : comparator, 0);
            hpet.Write(General, 8, 1, 0);
            int expected = 0, jump = random.Next(1, 40);
            for (ulong now = 1; now < 2000; now++)
            {
                if ((++counter & width) == comparator)
                {
                    expected = 1;
                    comparator = (comparator + (isPeriodic ? period : 0)) & width;
                }

                if (random.Next(jump) == 0)
                {
                    hpet.Elapse(now);
                    Assert.True((hpet.TakePulses() != 0) == (expected != 0), $"seed {seed}, tick {now}");
                    Assert.True(hpet.Read(FirstComparator, 8, now) == comparator, $"seed {seed}, tick {now}");
                    expected = 0;
                }
            }
        }
    }

    private static Hpet Running()
    {
        Hpet hpet = default;
        hpet.Write(General, 8, 1, 0);
        return hpet;
    }
}
