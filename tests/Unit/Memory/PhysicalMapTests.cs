// The map of physical memory against a naive one: an array with the kind of every page.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class PhysicalMapTests
{
    private const int Pages = 40;

    [Fact]
    public void RandomSettingsGiveTheNaiveMap()
    {
        PhysicalRange* memory = stackalloc PhysicalRange[24];
        for (int seed = 0; seed < 2000; seed++)
        {
            Random random = new(seed);
            int capacity = random.Next(1, 25);
            PhysicalMap map = default;
            map.Initialize(memory, capacity * sizeof(PhysicalRange));
            PhysicalKind[] naive = new PhysicalKind[Pages];
            for (int step = 0; step < 40; step++)
            {
                int start = random.Next(Pages), end = random.Next(start, Pages + 1);
                PhysicalKind kind = (PhysicalKind)random.Next(4);
                PhysicalKind[] wanted = (PhysicalKind[])naive.Clone();
                Array.Fill(wanted, kind, start, end - start);
                bool set = map.TrySet(Page(start), Page(end), kind);
                Assert.True(set == RunsOf(wanted) <= capacity, $"seed {seed} step {step}");
                naive = set ? wanted : naive;
                Compare(map, naive, $"seed {seed} step {step}");
            }
        }
    }

    [Fact]
    public void BadRangesAreRefused()
    {
        PhysicalRange* memory = stackalloc PhysicalRange[4];
        PhysicalMap map = default;
        map.Initialize(memory, 4 * sizeof(PhysicalRange));
        Assert.False(map.TrySet(new(0x1001), new(0x2000), PhysicalKind.Usable));
        Assert.False(map.TrySet(new(0x1000), new(0x2001), PhysicalKind.Usable));
        Assert.False(map.TrySet(new(0x3000), new(0x2000), PhysicalKind.Usable));
        Assert.False(map.TrySet(new(0x1000), new(PhysicalMap.AddressLimit + 0x1000), PhysicalKind.Usable));
        Assert.True(map.TrySet(new(0x1000), new(0x1000), PhysicalKind.Usable));
        Assert.Equal(0, map.Ranges.Length);
        Assert.True(map.TrySet(default, new(PhysicalMap.AddressLimit), PhysicalKind.Usable));
        Assert.Equal(PhysicalMap.AddressLimit, map.Total(PhysicalKind.Usable));
        Assert.Equal(PhysicalKind.Unlisted, map.RangeAt(new(PhysicalMap.AddressLimit)).Kind);
    }

    private static Hpa Page(int page) => new((ulong)page << 12);

    private static int RunsOf(PhysicalKind[] naive)
    {
        int runs = 0;
        for (int page = 0; page < Pages; page++)
        {
            runs += naive[page] != PhysicalKind.Unlisted && (page == 0 || naive[page - 1] != naive[page]) ? 1 : 0;
        }

        return runs;
    }

    private static void Compare(PhysicalMap map, PhysicalKind[] naive, string what)
    {
        Assert.True(map.Ranges.Length == RunsOf(naive), what);
        for (int page = 0; page < Pages; page++)
        {
            PhysicalRange range = map.RangeAt(Page(page) + 0xABC);
            int start = page, end = page + 1;
            while (start > 0 && naive[start - 1] == naive[page])
            {
                start--;
            }

            while (end < Pages && naive[end] == naive[page])
            {
                end++;
            }

            Assert.True(range.Kind == naive[page] && range.Start == Page(start), what);
            Assert.True(range.End == (end == Pages && range.Kind == PhysicalKind.Unlisted
                ? new Hpa(PhysicalMap.AddressLimit) : Page(end)), what);
        }
    }
}
