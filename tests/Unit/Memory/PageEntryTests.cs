// The bits of table entries, written out as the manual has them.

using MinusOne.Hv.Memory;
using MinusOne.Hv.X86;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed class PageEntryTests
{
    private const PageRights User = PageRights.User;

    [Theory]
    [InlineData(PageRights.All, MemoryType.WriteBack, 1, PageUse.None, 0x1234_5037UL)]
    [InlineData(PageRights.Read, MemoryType.Uncacheable, 1, PageUse.None, 0x1234_5001UL)]
    [InlineData(PageRights.Read, MemoryType.WriteCombining, 1, PageUse.None, 0x1234_5009UL)]
    [InlineData(PageRights.ReadWrite, MemoryType.WriteThrough, 1, PageUse.Accessed, 0x1234_5123UL)]
    [InlineData(PageRights.ReadExecute, MemoryType.WriteProtected, 1, PageUse.Dirty, 0x1234_522DUL)]
    [InlineData(PageRights.All, MemoryType.WriteBack, 2, PageUse.None, 0x1220_00B7UL)]
    [InlineData(PageRights.All, MemoryType.WriteBack, 3, PageUse.Accessed | PageUse.Dirty, 0x4000_03B7UL)]
    internal void EptLeaf(PageRights rights, MemoryType type, int level, PageUse use, ulong raw)
    {
        Hpa frame = new(level == 1 ? 0x1234_5000UL : level == 2 ? 0x1220_0000UL : 0x4000_0000UL);
        RoundTrip(EptEntry.ToLeaf(frame, new(rights, type), use, level), frame, rights, type, level, use, raw);
    }

    [Theory]
    [InlineData(PageRights.All, MemoryType.WriteBack, 1, PageUse.None, 0x0000_0000_1234_5003UL)]
    [InlineData(PageRights.ReadWrite, MemoryType.WriteBack, 1, PageUse.None, 0x8000_0000_1234_5003UL)]
    [InlineData(PageRights.All | User, MemoryType.WriteThrough, 1, PageUse.None, 0x0000_0000_1234_500FUL)]
    [InlineData(PageRights.Read, MemoryType.UncacheableMinus, 1, PageUse.Accessed, 0x8000_0000_1234_5031UL)]
    [InlineData(PageRights.ReadWrite, MemoryType.Uncacheable, 1, PageUse.Dirty, 0x8000_0000_1234_505BUL)]
    [InlineData(PageRights.ReadWrite, MemoryType.WriteCombining, 1, PageUse.None, 0x8000_0000_1234_5083UL)]
    [InlineData(PageRights.ReadWrite, MemoryType.WriteProtected, 1, PageUse.None, 0x8000_0000_1234_508BUL)]
    [InlineData(PageRights.ReadWrite, MemoryType.WriteCombining, 2, PageUse.None, 0x8000_0000_1220_1083UL)]
    [InlineData(PageRights.All, MemoryType.WriteBack, 3, PageUse.None, 0x0000_0000_4000_0083UL)]
    internal void HostLeaf(PageRights rights, MemoryType type, int level, PageUse use, ulong raw)
    {
        Hpa frame = new(level == 1 ? 0x1234_5000UL : level == 2 ? 0x1220_0000UL : 0x4000_0000UL);
        RoundTrip(HostPageEntry.ToLeaf(frame, new(rights, type), use, level), frame, rights, type, level, use, raw);
    }

    [Fact]
    public void Tables()
    {
        Assert.Equal(0x1234_5007UL, EptEntry.ToTable(new(0x1234_5000)).Raw);
        Assert.Equal(0x1234_5007UL, HostPageEntry.ToTable(new(0x1234_5000)).Raw);
        Assert.False(EptEntry.ToTable(new(0x1000)).IsLeaf(2));
        Assert.False(HostPageEntry.ToTable(new(0x1000)).IsLeaf(3));
        Assert.Equal(0x000F_FFFF_FFFF_F000UL, new EptEntry(ulong.MaxValue).Table.Value);
        Assert.Equal(0x000F_FFFF_FFFF_F000UL, new HostPageEntry(ulong.MaxValue).Table.Value);
        Assert.False(new EptEntry(0xFFFF_FFFF_FFFF_FFF8).IsPresent);
        Assert.False(new HostPageEntry(0xFFFF_FFFF_FFFF_FFFE).IsPresent);
    }

    private static void RoundTrip<TEntry>(
        TEntry entry, Hpa frame, PageRights rights, MemoryType type, int level, PageUse use, ulong raw)
        where TEntry : unmanaged, IPageEntry<TEntry>
    {
        Assert.Equal(raw, entry.Raw);
        Assert.True(entry.IsPresent);
        Assert.True(entry.IsLeaf(level));
        Assert.True(entry.Frame(level) == frame);
        Assert.True(entry.Attributes(level) == new PageAttributes(rights, type));
        Assert.Equal(use, entry.Use);
        Assert.True(TEntry.CanExpress(new(rights, type)));
    }
}
