// EPT: pointer and fallbacks, the identity map with the hypervisor carved out, statistics, accessed and dirty flags.

using System;
using System.Collections.Generic;
using MinusOne.Hv;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;
using MinusOne.Tests.Unit.SoftCpu;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class EptTests
{
    internal const ulong AllCapabilities = 0x0000_0F01_0633_4141;
    private const ulong Kilo4 = 0x1000, Mega2 = 0x20_0000, Giga1 = 0x4000_0000;
    private const ulong NoPages1G = 1UL << 17, NoPages2M = 1UL << 16, NoAccessedDirty = 1UL << 21;

    private static readonly PageAttributes s_all = new(PageRights.All, MemoryType.WriteBack);

    [Theory]
    [InlineData(AllCapabilities, 0x5EUL, 3)]
    [InlineData(AllCapabilities & ~NoAccessedDirty, 0x1EUL, 3)]
    [InlineData(AllCapabilities & ~NoPages1G, 0x5EUL, 2)]
    [InlineData(AllCapabilities & ~(NoPages1G | NoPages2M), 0x5EUL, 1)]
    [InlineData(AllCapabilities & ~(1UL << 14), 0x58UL, 3)]
    public void PointerAndLeavesFollowTheCapabilities(ulong capabilities, ulong pointerBits, int level)
    {
        using Arena arena = new(2000);
        Ept ept = Create(arena, capabilities);
        Assert.Equal(ept.Table.Root.Value | pointerBits, ept.Pointer.Raw);
        Assert.Equal(TableStatus.Done, ept.Map(default, level == 1 ? Mega2 : Giga1, default, s_all));
        Assert.Equal(level, ept.Translate(default).Level);
    }

    [Fact]
    public void ExecuteOnlyNeedsTheCapability()
    {
        using Arena arena = new(8);
        PageAttributes execute = new(PageRights.Execute, MemoryType.WriteBack);
        Ept without = Create(arena, AllCapabilities & ~1UL);
        Assert.Equal(TableStatus.BadAttributes, without.Map(default, Kilo4, default, execute));
        Assert.Equal(TableStatus.BadAttributes, without.Protect(default, Kilo4, PageRights.Execute));
        Ept with = Create(arena, AllCapabilities);
        Assert.Equal(TableStatus.Done, with.Map(default, Kilo4, default, execute));
        Assert.Equal(TableStatus.Done, with.Protect(default, Kilo4, PageRights.Execute));
    }

    [Fact]
    public void StatisticsCountLeavesAndTables()
    {
        using Arena arena = new(8);
        Ept ept = Create(arena, AllCapabilities);
        ulong start = Giga1 - Mega2 - (3 * Kilo4);
        Assert.Equal(TableStatus.Done, ept.Map(new(start), (2 * Giga1) - start, new(start), s_all));
        PageStatistics<EptEntry> statistics = ept.Statistics();
        Assert.Equal((3UL, 1UL, 1UL), (statistics.Pages4K, statistics.Pages2M, statistics.Pages1G));
        Assert.Equal(Giga1 + Mega2 + (3 * Kilo4), statistics.Bytes);
        Assert.Equal(4u, ept.Tables);
        ept.Release();
        Assert.Equal(8u, arena.Available);
    }

    // Random physical memory over random MTRRs: every page that is not the hypervisor's leads to itself, with its type,
    // through the largest leaf there can be.
    [Fact]
    public void IdentityMap()
    {
        PhysicalRange* ranges = stackalloc PhysicalRange[64];
        for (int seed = 0; seed < 60; seed++)
        {
            Random random = new(seed);
            MtrrMachine machine = RandomMachine(random);
            Mtrr mtrr = machine.Build();
            PhysicalMap physical = default;
            physical.Initialize(ranges, 64 * sizeof(PhysicalRange));
            HashSet<ulong> borders = [0, .. RandomRanges(random, ref physical)];
            ulong limit = (ulong)random.Next(1, 6) * Giga1;
            using Arena arena = new(60);
            int largest = random.Next(PageLevel.Page2M, PageLevel.Page1G + 1);
            Ept ept = Create(arena, largest == PageLevel.Page2M ? AllCapabilities & ~NoPages1G : AllCapabilities);
            Assert.Equal(TableStatus.Done, ept.MapIdentity(in physical, in mtrr, new(limit)));
            (ulong slowStart, ulong slowSize, _) = machine.Ranges[1];
            borders.UnionWith([0xC000_0000, slowStart, slowStart + slowSize, limit]);
            for (ulong page = 0; page < 0x120; page++)
            {
                borders.Add(page << 12);
            }

            foreach (ulong border in borders)
            {
                for (ulong page = border - (2 * Kilo4); page != border + (2 * Kilo4); page += Kilo4)
                {
                    Translation translation = ept.Translate(new(page));
                    bool wanted = page < limit && physical.KindAt(new(page)) != PhysicalKind.Hypervisor;
                    Assert.True(translation.IsMapped == wanted, $"seed {seed} {page:X}");
                    bool right = translation.Address.Value == page
                        && translation.Attributes.Type == machine.Naive(page);
                    Assert.True(!wanted || right, $"seed {seed} {page:X}");
                }
            }

            CheckLeavesAreLargest(ref ept, in physical, in mtrr, limit, largest, $"seed {seed}");
            Assert.Equal(TableStatus.AlreadyMapped, ept.MapIdentity(in physical, in mtrr, new(limit)));
            ept.Release();
            Assert.Equal(60u, arena.Available);
        }
    }

    private static MtrrMachine RandomMachine(Random random) => new()
    {
        Width = 36,
        DefaultType = 6,
        Fixed = random.Next(2) == 0 ? null : MtrrMachine.LegacyHole(MemoryType.WriteProtected),
        Ranges =
        [
            (0xC000_0000, Giga1, MemoryType.Uncacheable),
            ((ulong)random.Next(8) << 28, 1UL << random.Next(12, 28), MemoryType.WriteThrough),
        ],
    };

    // Returns where they start and end.
    private static HashSet<ulong> RandomRanges(Random random, ref PhysicalMap physical)
    {
        HashSet<ulong> borders = [];
        for (int i = 0; i < 12; i++)
        {
            ulong unit = random.Next(2) == 0 ? Kilo4 : Mega2;
            ulong start = (ulong)random.NextInt64((long)(5 * Giga1 / unit)) * unit;
            ulong end = start + ((ulong)random.Next(1, 700) * unit);
            PhysicalKind kind = random.Next(3) == 0 ? PhysicalKind.Usable : PhysicalKind.Hypervisor;
            physical.TrySet(new(start), new(end), kind);
            borders.UnionWith([start, end]);
        }

        return borders;
    }

    [Fact]
    public void IdentityMapOutOfFramesChangesNothing()
    {
        PhysicalRange* ranges = stackalloc PhysicalRange[4];
        PhysicalMap physical = default;
        physical.Initialize(ranges, 4 * sizeof(PhysicalRange));
        Assert.True(physical.TrySet(new(Giga1 + Kilo4), new(Giga1 + (2 * Kilo4)), PhysicalKind.Hypervisor));
        Assert.True(physical.TrySet(new(3 * Giga1), new((3 * Giga1) + Mega2), PhysicalKind.Hypervisor));
        Mtrr mtrr = Mtrr.None;
        for (uint frames = 0; frames <= 4; frames++)
        {
            using Arena arena = new(frames + 1);
            Ept ept = Create(arena, AllCapabilities);
            TableStatus status = ept.MapIdentity(in physical, in mtrr, new(4 * Giga1));
            Assert.Equal(frames < 4 ? TableStatus.OutOfTables : TableStatus.Done, status);
            Assert.Equal(frames < 4 ? 1u : 5u, ept.Tables);
            Assert.Equal(frames < 4 ? 0 : (4 * Giga1) - Kilo4 - Mega2, ept.Statistics().Bytes);
            Assert.Equal(TableStatus.BadRange, ept.MapIdentity(in physical, in mtrr, new((1UL << 48) + Kilo4)));
            Assert.Equal(TableStatus.BadRange, ept.MapIdentity(in physical, in mtrr, new(12)));
            ept.Release();
            Assert.Equal(frames + 1, arena.Available);
        }
    }

    [Fact]
    public void UsedPagesAreReportedOnce()
    {
        SoftProcessor processor = new() { EptTlb = new EptTlb() };
        Cpu.Soft = processor;
        using Arena arena = new(8);
        Ept ept = Create(arena, AllCapabilities);
        Assert.Equal(TableStatus.Done, ept.Map(new(Mega2), 2 * Mega2, new(Giga1), s_all));
        Assert.Equal(TableStatus.Done, ept.Map(default, 4 * Kilo4, new(Kilo4), s_all));
        const PageUse both = PageUse.Accessed | PageUse.Dirty;
        for (int round = 0; round < 2; round++)
        {
            Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
            processor.EptTlb.Access(ept.Pointer, new(Kilo4), PageRights.Read);
            processor.EptTlb.Access(ept.Pointer, new((2 * Kilo4) + 5), PageRights.ReadWrite);
            processor.EptTlb.Access(ept.Pointer, new(Mega2 + Kilo4), PageRights.Write);
            UseList list = new() { Seen = [] };
            ept.CollectUse(default, new(4 * Mega2), clear: true, ref list);
            Assert.Equal(
                [(Kilo4, 1, PageUse.Accessed), (2 * Kilo4, 1, both), (Mega2, 2, both)],
                list.Seen);
            Assert.True(ept.NeedsInvalidation);
            PageUseCount none = default;
            ept.CollectUse(default, new(4 * Mega2), clear: false, ref none);
            Assert.Equal((0UL, 0UL), (none.Accessed, none.Dirty));
        }

        Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
        processor.EptTlb.Access(ept.Pointer, new(Mega2), PageRights.Write);
        PageUseCount count = default;
        ept.CollectUse(default, new(4 * Mega2), clear: false, ref count);
        Assert.Equal((Mega2, Mega2), (count.Accessed, count.Dirty));
        Assert.False(ept.NeedsInvalidation);
    }

    // A page that was written stays written through split, protect and merge.
    [Fact]
    public void FlagsSurviveChangesOfTheTables()
    {
        SoftProcessor processor = new() { EptTlb = new EptTlb() };
        Cpu.Soft = processor;
        using Arena arena = new(8);
        Ept ept = Create(arena, AllCapabilities);
        Assert.Equal(TableStatus.Done, ept.Map(new(Mega2), Mega2, new(Giga1), s_all));
        Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
        processor.EptTlb.Access(ept.Pointer, new(Mega2 + 1), PageRights.Write);
        Assert.Equal(TableStatus.Done, ept.Split(new(Mega2), Mega2, PageLevel.Page4K));
        PageUseCount count = default;
        ept.CollectUse(default, new(4 * Mega2), clear: true, ref count);
        Assert.Equal((Mega2, Mega2), (count.Accessed, count.Dirty));
        Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
        processor.EptTlb.Access(ept.Pointer, new(Mega2 + (5 * Kilo4)), PageRights.Write);
        Assert.Equal(TableStatus.Done, ept.Protect(new(Mega2), Mega2, PageRights.Read));
        count = default;
        ept.CollectUse(default, new(4 * Mega2), clear: false, ref count);
        Assert.Equal((Kilo4, Kilo4), (count.Accessed, count.Dirty));
        Assert.Equal(TableStatus.Done, ept.Merge(new(Mega2), Mega2));
        Assert.Equal(PageLevel.Page2M, ept.Translate(new(Mega2)).Level);
        Assert.Equal(PageUse.Accessed | PageUse.Dirty, ept.Translate(new(Mega2)).Use);
    }

    internal static Ept Create(Arena arena, ulong capabilities)
    {
        Ept ept = default;
        Assert.True(ept.Initialize(arena.Pool, new(capabilities)));
        return ept;
    }

    // No aligned block of equal types without a carved-out page is mapped by smaller leaves than it could be.
    private static void CheckLeavesAreLargest(
        ref Ept ept, in PhysicalMap physical, in Mtrr mtrr, ulong limit, int largest, string what)
    {
        for (int level = PageLevel.Page2M; level <= largest; level++)
        {
            ulong size = PageLevel.Size(level);
            for (ulong block = 0; block < limit; block += size)
            {
                Translation translation = ept.Translate(new(block));
                bool could = IsFree(in physical, block, block + size)
                    && mtrr.TryTypeOf(new(block), new(block + size), out _);
                Assert.True(could == translation.Level >= level, $"{what} {block:X}");
            }
        }
    }

    private static bool IsFree(in PhysicalMap physical, ulong start, ulong end)
    {
        while (start < end && physical.KindAt(new(start)) != PhysicalKind.Hypervisor)
        {
            start = physical.RangeAt(new(start)).End.Value;
        }

        return start >= end;
    }

    private struct UseList : IPageUseSink
    {
        public List<(ulong, int, PageUse)> Seen;

        public readonly void Used(Gpa page, int level, PageUse use) => Seen.Add((page.Value, level, use));
    }
}
