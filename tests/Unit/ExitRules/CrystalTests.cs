// CPUID leaf 15H as kernels take it: Linux works in 32 bits and in kilohertz, and a ratio that overflows there is a
// machine that does not start. The nearest fraction is looked for by trying all.

using System;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.ExitRules;

public sealed class CrystalTests
{
    private const uint Most = 42_949;
    private const double Bound = 12e-6;

    [Theory]
    [InlineData(100_000_000, 1, 1)]
    [InlineData(50_000_000, 1, 2)]
    [InlineData(2_400_000_000, 24, 1)]
    [InlineData(3_696_100_000, 36_961, 1_000)]
    public void ARoundFrequencyIsExact(ulong hertz, uint numerator, uint denominator)
    {
        CpuidResult leaf = CrystalRatio.Of(hertz);
        Assert.Equal((numerator, denominator, 100_000_000u), (leaf.Ebx, leaf.Eax, leaf.Ecx));
    }

    // 0: the leaf has no frequency to tell.
    [Fact]
    public void WithoutAFrequencyThereIsNoRatio() => Assert.Equal(0u, CrystalRatio.Of(0).Ebx);

    [Fact]
    public void LinuxWorksOutTheFrequency()
    {
        var random = new Random(15);
        for (int i = 0; i < 200_000; i++)
        {
            ulong hertz = (ulong)(1e6 * Math.Pow(10, 4 * random.NextDouble()));
            CpuidResult leaf = CrystalRatio.Of(hertz);
            uint kilohertz = unchecked(leaf.Ecx / 1000 * leaf.Ebx / leaf.Eax);
            Assert.True(
                Math.Abs((kilohertz * 1000.0) - hertz) <= (hertz * Bound) + 1000,
                $"{hertz} Hz: {leaf.Ebx} / {leaf.Eax} is {kilohertz} kHz");
        }
    }

    [Theory]
    [InlineData(1_000_003)]
    [InlineData(99_999_999)]
    [InlineData(2_799_999_963)]
    [InlineData(3_600_047_113)]
    [InlineData(4_294_967_296)]
    [InlineData(9_999_999_967)]
    public void NoFractionIsNearer(ulong hertz)
    {
        CpuidResult leaf = CrystalRatio.Of(hertz);
        double nearest = Enumerable.Range(1, (int)Most).Min(numerator => Error(
            hertz, (uint)numerator, Math.Max(1, Math.Round(numerator * 1e8 / hertz))));
        Assert.Equal(nearest, Error(hertz, leaf.Ebx, leaf.Eax), 1e-12);
        Assert.InRange(leaf.Ebx, 1u, Most);
    }

    private static double Error(ulong hertz, uint numerator, double denominator) =>
        Math.Abs((1e8 * numerator / denominator / hertz) - 1);
}
