// The clocks that the TSC is measured by: right to within what they say of themselves, and no clock where the chip is
// missing, stands still or lies. Time is the software processor's TSC.

using System;
using MinusOne.Efi.Metal.Clocks;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Metal;

public sealed class ClockTests : IDisposable
{
    private const ulong Hertz = 1_000_000_000;
    private const ulong PitHertz = 1_193_182;

    private readonly SoftProcessor _processor = Presets.SkylakeX();

    public ClockTests() => Cpu.Soft = _processor;

    public void Dispose() => Cpu.Soft = null;

    [Fact]
    public void ACounterTellsTheRate()
    {
        ClockReading reading = CounterClock.Measure(new Counter(uint.MaxValue, _ => 100));
        Assert.InRange(reading.Hertz, Hertz - 50_000, Hertz + 50_000);
        Assert.InRange(reading.Doubt, 1ul, 50ul);
    }

    // The 24 bits of a power-management timer come to their end in the middle.
    [Fact]
    public void ACounterMayBeginAgain()
    {
        _processor.Tsc = (ulong)((0xFF_FFFF - 1000) * (double)Hertz / Counter.Rate);
        Assert.InRange(
            CounterClock.Measure(new Counter(0xFF_FFFF, _ => 100)).Hertz, Hertz - 50_000, Hertz + 50_000);
    }

    // Firmware takes 2 ms of every fourth reading; the tightest one counts.
    [Fact]
    public void AnInterruptionDoesNotCount()
    {
        ClockReading reading =
            CounterClock.Measure(new Counter(uint.MaxValue, read => read % 4 == 0 ? 2_000_000u : 100));
        Assert.InRange(reading.Hertz, Hertz - 50_000, Hertz + 50_000);
        Assert.InRange(reading.Doubt, 1ul, 50ul);
    }

    [Fact]
    public void ACounterThatStandsStillIsNone() =>
        Assert.False(CounterClock.Measure(new Counter(0, _ => 100)).IsThere);

    [Fact]
    public void The8254TellsTheRate()
    {
        ulong due = 0;
        _processor.Ports.Allow(0x43);
        _processor.Ports.Allow(0x42);
        _processor.Ports.OnWrite(0x61, (_, value) =>
            due = (value & 1) != 0 ? _processor.Tsc + (59_659 * Hertz / PitHertz) : ulong.MaxValue);
        _processor.Ports.OnRead(0x61, _ => (_processor.Tsc += 1000) >= due ? 0x20u : 0);
        ClockReading reading = PitClock.Measure();
        Assert.InRange(reading.Hertz, Hertz - 100_000, Hertz + 100_000);
        Assert.InRange(reading.Doubt, 1ul, 200ul);
    }

    [Theory]
    [InlineData(0xFF)]
    [InlineData(0x00)]
    public void A8254WhosePortNeverChangesIsNone(uint value)
    {
        foreach (ushort port in new ushort[] { 0x42, 0x43, 0x61 })
        {
            _processor.Ports.Allow(port);
        }

        _processor.Ports.OnRead(0x61, _ =>
        {
            _processor.Tsc += 1000;
            return value;
        });
        Assert.False(PitClock.Measure().IsThere);
    }

    // A number of megahertz, or of ten or a hundred where the doubt is wider. What lies outside of the doubt
    // stays as it was measured, and so does what is round by chance, for the doubt is too wide.
    [Theory]
    [InlineData(100_000_600, 30, 100_000_000)]
    [InlineData(99_999_400, 30, 100_000_000)]
    [InlineData(100_003_000, 30, 100_000_000)]
    [InlineData(100_003_002, 30, 100_003_002)]
    [InlineData(133_333_333, 30, 133_333_333)]
    [InlineData(2_904_001_000, 1, 2_904_000_000)]
    [InlineData(2_903_999_000, 1, 2_904_000_000)]
    [InlineData(2_904_001_000, 2, 2_904_001_000)]
    [InlineData(2_593_905_000, 1, 2_593_905_000)]
    [InlineData(2_900_010_000, 10, 2_900_000_000)]
    [InlineData(2_900_040_000, 30, 2_900_000_000)]
    [InlineData(2_910_000_100, 30, 2_910_000_100)]
    [InlineData(3_000_040_000, 30, 3_000_000_000)]
    [InlineData(3_000_040_000, 200, 3_000_040_000)]
    [InlineData(20_000_000_000, 1_000_000, 20_000_000_000)]
    [InlineData(10_000_000, 1_000_000, 10_000_000)]
    public void ARoundNumberWithinTheDoubtIsTheRate(ulong measured, ulong doubt, ulong rate)
    {
        ClockReading reading = new ClockReading(ClockKind.Pit, measured, doubt).Rounded();
        Assert.Equal((ClockKind.Pit, rate, doubt), (reading.Kind, reading.Hertz, reading.Doubt));
    }

    // As many counts as the TSC has ticks, scaled; a mask of 0 stands still.
    private readonly struct Counter(uint mask, Func<int, uint> ticks) : ICounter
    {
        public const ulong Rate = 3_579_545;

        private readonly int[] _reads = [0];

        public ClockKind Kind => ClockKind.PowerTimer;

        public ulong Hertz => Rate;

        public uint Mask => mask == 0 ? uint.MaxValue : mask;

        public uint Read()
        {
            Cpu.Soft.Tsc += ticks(_reads[0]++);
            return (uint)((UInt128)Cpu.Soft.Tsc * Rate / ClockTests.Hertz) & mask;
        }
    }
}
