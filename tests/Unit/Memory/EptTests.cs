// EPT: pointer and fallbacks, statistics, accessed and dirty flags.

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

    // A page that was written stays written through split, protect and merge.
    [Fact]
    public void FlagsSurviveChangesOfTheTables()
    {
        const PageUse both = PageUse.Accessed | PageUse.Dirty;
        SoftProcessor processor = new() { EptTlb = new EptTlb() };
        Cpu.Soft = processor;
        using Arena arena = new(8);
        Ept ept = Create(arena, AllCapabilities);
        Assert.Equal(TableStatus.Done, ept.Map(new(Mega2), Mega2, new(Giga1), s_all));
        Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
        Assert.Equal(PageUse.None, ept.Translate(new(Mega2)).Use);
        processor.EptTlb.Access(ept.Pointer, new(Mega2 + 1), PageRights.Write);
        Assert.Equal(TableStatus.Done, ept.Split(new(Mega2), Mega2, PageLevel.Page4K));
        Assert.Equal(both, ept.Translate(new(Mega2 + (5 * Kilo4))).Use);
        Assert.Equal(TableStatus.Done, ept.Protect(new(Mega2), Mega2, PageRights.Read));
        Assert.Equal(both, ept.Translate(new(Mega2 + (5 * Kilo4))).Use);
        Assert.Equal(TableStatus.Done, ept.Merge(new(Mega2), Mega2));
        Assert.Equal(PageLevel.Page2M, ept.Translate(new(Mega2)).Level);
        Assert.Equal(both, ept.Translate(new(Mega2)).Use);
    }

    internal static Ept Create(Arena arena, ulong capabilities)
    {
        Ept ept = default;
        Assert.True(ept.Initialize(arena.Pool, new(capabilities)));
        return ept;
    }
}
