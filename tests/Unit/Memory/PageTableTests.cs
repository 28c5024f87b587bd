// The table builder against the naive oracle: random sequences of operations at mixed sizes around the borders where
// levels meet, with plenty of frames and with few; and every alignment of small ranges around 4 KiB, 2 MiB and 1 GiB
// borders.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class PageTableTests
{
    private const ulong Kilo4 = 0x1000, Mega2 = 0x20_0000, Giga1 = 0x4000_0000;
    private const MemoryType Wb = MemoryType.WriteBack;

    private static readonly MemoryType[] s_types = [MemoryType.WriteBack, MemoryType.Uncacheable];

    private static readonly PageRights[] s_rights =
        [PageRights.All, PageRights.Read, PageRights.ReadWrite, PageRights.ReadExecute];

    [Fact]
    public void RandomSequencesEpt() => RandomSequences(PageFormat.Ept, 0, 1000);

    [Fact]
    public void RandomSequencesHost() => RandomSequences(PageFormat.Paging, 10_000, 200);

    [Fact]
    public void RandomSequencesNested() => RandomSequences(PageFormat.Nested, 20_000, 200);

    [Fact]
    public void RandomSequencesOverGigabytes()
    {
        for (int seed = 0; seed < 25; seed++)
        {
            Random random = new(seed);
            using Arena arena = new(6000);
            FlatMap flat = new(Giga1 * (ulong)random.Next(4), 1 << 20);
            TableModel model = new(arena, PageFormat.Ept, PageLevel.Page1G, flat) { Stride = 997 };
            ulong[] units = [Kilo4, Mega2, Giga1];
            for (int step = 0; step < 12; step++)
            {
                model.What = $"seed {seed} step {step}";
                Step(model, random, flat, units[random.Next(3)], units[random.Next(3)]);
            }

            model.Release();
        }
    }

    [Theory]
    [InlineData(Mega2)]
    [InlineData(Giga1)]
    [InlineData(Giga1 * 512)]
    public void AllSmallRangesAroundABorder(ulong border)
    {
        using Arena arena = new(40);
        FlatMap flat = new(border - (8 * Kilo4), 16);
        TableModel model = new(arena, PageFormat.Ept, PageLevel.Page1G, flat);
        for (uint first = 0; first < 16; first++)
        {
            for (uint last = first + 1; last <= 16; last++)
            {
                ulong start = flat.Start + (first * Kilo4), length = (last - first) * Kilo4;
                model.What = $"{start:X} {length:X}";
                Assert.Equal(TableStatus.Done, model.Map(start, length, 0x1234_5000, PageRights.All, Wb));
                Assert.Equal(TableStatus.AlreadyMapped, model.Map(start, Kilo4, 0, PageRights.Read, Wb));
                Assert.Equal(TableStatus.Done, model.Protect(start, length, PageRights.Read));
                Assert.Equal(TableStatus.Done, model.Unmap(start, length));
                Assert.Equal(1u, model.Table.Tables);
            }
        }
    }

    // Two large leaves; every range of 4 KiB pages near their three borders is taken out, or protected, and put back.
    [Theory]
    [InlineData(PageLevel.Page2M)]
    [InlineData(PageLevel.Page1G)]
    public void AllSmallRangesInsideLargeLeaves(int level)
    {
        ulong size = PageLevel.Size(level), start = 512 * Giga1 - size;
        int[] pages = [0, 1, 2, (int)(size >> 12) - 2, (int)(size >> 12) - 1, (int)(size >> 12), (int)(size >> 12) + 1,
            (int)(size >> 11) - 2, (int)(size >> 11) - 1, (int)(size >> 11)];
        for (int first = 0; first < pages.Length; first++)
        {
            for (int last = first + 1; last < pages.Length; last++)
            {
                using Arena arena = new(12);
                FlatMap flat = new(start, (int)(size >> 11));
                int stride = level == PageLevel.Page1G ? 4099 : 7;
                TableModel model = new(arena, PageFormat.Ept, level, flat) { Stride = stride };
                ulong from = start + ((ulong)pages[first] << 12), length = (ulong)(pages[last] - pages[first]) << 12;
                model.What = $"{from:X} {length:X}";
                Assert.Equal(TableStatus.Done, model.Map(start, 2 * size, size * 4, PageRights.All, Wb));
                Assert.Equal(level, model.Table.Translate(start).Level);
                Assert.Equal(TableStatus.Done, model.Protect(from, length, PageRights.ReadExecute));
                Assert.Equal(TableStatus.Done, model.Protect(from, length, PageRights.All));
                model.Merge(start, 2 * size);
                Assert.Equal(level, model.Table.Translate(from).Level);
                Assert.Equal(level == PageLevel.Page2M ? 5u : 3u, model.Table.Tables);
                Assert.Equal(TableStatus.Done, model.Unmap(from, length));
                model.Release();
            }
        }
    }

    [Fact]
    public void LeavesAreAsLargeAsBothSidesAllow()
    {
        using Arena arena = new(3000);
        PageTable table = default;
        Assert.True(MapOne(ref table, arena, PageLevel.Page1G, Giga1, Giga1, 4 * Giga1));
        Assert.Equal(PageLevel.Page1G, table.Translate(Giga1 + 5).Level);
        Assert.Equal(4 * Giga1 + 5, table.Translate(Giga1 + 5).Address.Value);
        Assert.True(MapOne(ref table, arena, PageLevel.Page2M, Giga1, Giga1, 4 * Giga1));
        Assert.Equal(PageLevel.Page2M, table.Translate(Giga1).Level);
        Assert.True(MapOne(ref table, arena, PageLevel.Page4K, Mega2, Mega2, Giga1));
        Assert.Equal(PageLevel.Page4K, table.Translate(Mega2).Level);
        Assert.True(MapOne(ref table, arena, PageLevel.Page1G, Giga1, Giga1, Mega2));
        Assert.Equal(PageLevel.Page2M, table.Translate(Giga1).Level);
        Assert.True(MapOne(ref table, arena, PageLevel.Page1G, Giga1, Giga1, Kilo4));
        Assert.Equal(PageLevel.Page4K, table.Translate(Giga1).Level);
        Assert.True(MapOne(ref table, arena, PageLevel.Page1G, Giga1 - Kilo4, Giga1 + (2 * Kilo4), Giga1 - Kilo4));
        Assert.Equal(PageLevel.Page4K, table.Translate(Giga1 - Kilo4).Level);
        Assert.Equal(PageLevel.Page1G, table.Translate(Giga1).Level);
        Assert.Equal(PageLevel.Page4K, table.Translate(2 * Giga1).Level);
        Assert.Equal(0, table.Translate((2 * Giga1) + Kilo4).Level);
        table.Release();
    }

    private static bool MapOne(
        ref PageTable table, Arena arena, int level, ulong input, ulong length, ulong output)
    {
        table.Release();
        return table.Initialize(arena.Pool, FrameOwner.SecondLevelTable, PageFormat.Ept, level)
            && table.Map(input, length, new(output), new(PageRights.All, MemoryType.WriteBack)) == TableStatus.Done;
    }

    private static void RandomSequences(PageFormat format, int firstSeed, int cases)
    {
        ulong[] borders = [0x40_0000, Giga1, 512 * Giga1, (1UL << 48) - 0x40_0000];
        for (int seed = firstSeed; seed < firstSeed + cases; seed++)
        {
            Random random = new(seed);

            // In every third case memory for tables is short.
            using Arena arena = new(random.Next(3) == 0 ? (uint)random.Next(1, 12) : 40);
            FlatMap flat = new(borders[random.Next(4)] - 0x40_0000, 2048);
            int largestLeaf = random.Next(1, 4);
            TableModel model = new(arena, format, largestLeaf, flat);
            for (int step = 0; step < 16; step++)
            {
                model.What = $"seed {seed} step {step}";
                ulong unit = random.Next(3) == 0 ? Kilo4 : random.Next(2) == 0 ? 0x10_0000 : Mega2;
                Step(model, random, flat, unit, random.Next(4) == 0 ? Kilo4 : Mega2);
            }

            model.Release();
        }
    }

    private static void Step(TableModel model, Random random, FlatMap flat, ulong unit, ulong outputUnit)
    {
        ulong units = (flat.End - flat.Start) / unit;
        ulong first = (ulong)random.NextInt64((long)units);
        ulong count = (ulong)random.NextInt64(1, (long)Math.Min(units - first, random.Next(2) == 0 ? 3UL : units) + 1);
        ulong start = flat.Start + (first * unit), length = count * unit;
        ulong output = random.Next(3) == 0 ? start & 0x7_FFFF_FFFF_F000 : outputUnit * (ulong)random.Next(1 << 20);
        PageRights rights = s_rights[random.Next(s_rights.Length)];
        switch (random.Next(8))
        {
            case 0 or 1 or 2:
                model.Map(start, length, output, rights, model.IsEpt ? s_types[random.Next(2)] : Wb);
                break;
            case 3:
                model.Unmap(start, length);
                break;
            case 4:
                model.Protect(start, length, rights);
                break;
            case 5 or 6:
                model.Merge(start, length);
                break;
            default:
                model.Merge(flat.Start, flat.End - flat.Start);
                break;
        }
    }
}
