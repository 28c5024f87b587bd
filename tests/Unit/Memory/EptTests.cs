// EPT: the pointer, what the capabilities say of leaves, statistics, accessed and dirty flags.

using System.Collections.Generic;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class EptTests
{
    private const ulong AllCapabilities = EptUser.AllCapabilities;
    private const ulong Kilo4 = 0x1000, Mega2 = 0x20_0000, Giga1 = 0x4000_0000;
    private const ulong NoPages1G = 1UL << 17, NoPages2M = 1UL << 16, NoAccessedDirty = 1UL << 21;

    private static readonly PageAttributes s_all = new(PageRights.All, MemoryType.WriteBack);

    [Theory]
    [InlineData(AllCapabilities, 0x5EUL, 3)]
    [InlineData(AllCapabilities & ~NoAccessedDirty, 0x1EUL, 3)]
    [InlineData(AllCapabilities & ~NoPages1G, 0x5EUL, 2)]
    [InlineData(AllCapabilities & ~(NoPages1G | NoPages2M), 0x5EUL, 1)]
    [InlineData(AllCapabilities & ~(1UL << 14), 0x58UL, 3)]
    public void PointerAndLeavesFollowTheCapabilities(ulong raw, ulong pointerBits, int level)
    {
        var capabilities = new EptVpidCapabilities(raw);
        Assert.Equal(0x1234_5000 | pointerBits, EptPointer.To(new(0x1234_5000), capabilities).Raw);
        Assert.Equal(PageFormat.Ept, capabilities.SecondLevel(true, true).Format);
        Assert.Equal(level, capabilities.SecondLevel(true, true).LargestLeaf);
        Assert.Equal(PageLevel.Page4K, capabilities.SecondLevel(false, true).LargestLeaf);
    }

    [Fact]
    public void StatisticsCountLeavesAndTables()
    {
        using Arena arena = new(8);
        PageTable table = Create(arena);
        ulong start = Giga1 - Mega2 - (3 * Kilo4);
        Assert.Equal(TableStatus.Done, table.Map(start, (2 * Giga1) - start, new(start), s_all));
        List<(ulong, int)> leaves = [];
        ulong at = 0;
        for (PageEntry* leaf; (leaf = table.Next(ref at, 4 * Giga1, out int level)) != null;
            at = PageTable.Behind(at, level))
        {
            Assert.Equal(at, leaf->Frame(level).Value);
            leaves.Add((at, level));
        }

        Assert.Equal(
            [(start, 1), (start + Kilo4, 1), (start + (2 * Kilo4), 1), (Giga1 - Mega2, 2), (Giga1, 3)], leaves);
        Assert.Equal(4u, table.Tables);
        table.Release();
        Assert.Equal(8u, arena.Available);
    }

    // A page that was written stays written through split, protect and merge, whether by the guest or by us.
    [Fact]
    public void FlagsSurviveChangesOfTheTables()
    {
        const PageUse both = PageUse.Accessed | PageUse.Dirty;
        using Arena arena = new(8);
        EptUser user = new(arena);
        PageTable table = Create(arena);
        Assert.Equal(TableStatus.Done, table.Map(Mega2, Mega2, new(Giga1), s_all));
        Assert.Equal(PageUse.None, table.Translate(Mega2).Use);
        Assert.True(user.Access(ref table, Mega2 + 1, Access.Write));
        Assert.Equal(TableStatus.Done, table.Protect(Mega2, Kilo4, PageRights.Read));
        Assert.Equal(both, table.Translate(Mega2 + (5 * Kilo4)).Use);
        Assert.Equal(TableStatus.Done, table.Protect(Mega2, Mega2, PageRights.Read));
        Assert.Equal(both, table.Translate(Mega2 + (5 * Kilo4)).Use);
        PageEntry* ours = table.Lookup(Mega2 + (7 * Kilo4), out _);
        *ours = ours->Reached(PageRights.Write);
        Assert.True(table.TryMerge(Mega2, PageLevel.Page2M));
        Assert.Equal(PageEntry.Written, table.Lookup(Mega2, out _)->Raw & PageEntry.Written);
        Assert.Equal(PageLevel.Page2M, table.Translate(Mega2).Level);
        Assert.Equal(both, table.Translate(Mega2).Use);
    }

    internal static PageTable Create(Arena arena, PageFormat format = PageFormat.Ept, int largest = PageLevel.Page1G)
    {
        PageTable table = default;
        Assert.True(table.Initialize(arena.Pool, FrameOwner.SecondLevelTable, format, largest));
        return table;
    }
}
