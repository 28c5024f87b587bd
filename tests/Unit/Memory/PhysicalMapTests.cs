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

    // A machine with 2 GiB below the devices' hole and 3 above 4 GiB: a guest of 3 GiB lacks what lies in the hole, and
    // it is there behind.
    [Fact]
    public void WhatAGuestLacksIsTakenFromBehindIt()
    {
        const ulong Gigabyte = 1UL << 30;
        PhysicalRange* memory = stackalloc PhysicalRange[16];
        PhysicalMap map = default;
        map.Initialize(memory, 16 * sizeof(PhysicalRange));
        Assert.True(map.TrySet(new(0x1000), new(0xA_0000), PhysicalKind.Usable));
        Assert.True(map.TrySet(new(0x10_0000), new(2 * Gigabyte), PhysicalKind.Usable));
        Assert.True(map.TrySet(new(4 * Gigabyte), new(5 * Gigabyte), PhysicalKind.Usable));
        Assert.True(map.TrySet(new(5 * Gigabyte), new((5 * Gigabyte) + 0x1000), PhysicalKind.Reserved));
        Assert.True(map.TrySet(new((5 * Gigabyte) + 0x1000), new(7 * Gigabyte), PhysicalKind.Usable));
        ulong lacking = Gigabyte + 0x1000 + 0x6_0000;
        Assert.Equal(lacking, map.Lacking(new(3 * Gigabyte)));
        Assert.Equal(0x1000ul, map.Lacking(new(0x8_0000)));

        PhysicalRange[] taken = new PhysicalRange[3];
        Assert.Equal(2, map.Take(new(3 * Gigabyte), lacking, taken));
        Assert.Equal((4 * Gigabyte, Gigabyte), (taken[0].Start.Value, taken[0].Length));
        Assert.Equal(((5 * Gigabyte) + 0x1000, 0x6_1000ul), (taken[1].Start.Value, taken[1].Length));
        Assert.Equal(lacking, map.Total(PhysicalKind.Hypervisor));
        Assert.Equal(1, map.Take(new(Gigabyte), 8 * Gigabyte, taken.AsSpan(0, 1)));
        Assert.Equal((Gigabyte, Gigabyte), (taken[0].Start.Value, taken[0].Length));
        Assert.Equal(0, map.Take(new(8 * Gigabyte), 1, taken));
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
