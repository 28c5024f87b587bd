// The bits of table entries, written out as the manual has them.

using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed class PageEntryTests
{
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
        RoundTrip(PageFormat.Ept, frame, rights, type, level, use, raw);
    }

    [Theory]
    [InlineData(PageFormat.Paging, PageRights.All, 1, PageUse.None, 0x0000_0000_1234_5003UL)]
    [InlineData(PageFormat.Paging, PageRights.ReadWrite, 1, PageUse.None, 0x8000_0000_1234_5003UL)]
    [InlineData(PageFormat.Paging, PageRights.Read, 1, PageUse.Accessed, 0x8000_0000_1234_5021UL)]
    [InlineData(PageFormat.Paging, PageRights.ReadWrite, 2, PageUse.Dirty, 0x8000_0000_1220_00C3UL)]
    [InlineData(PageFormat.Paging, PageRights.All, 3, PageUse.None, 0x0000_0000_4000_0083UL)]
    [InlineData(PageFormat.Nested, PageRights.All, 1, PageUse.None, 0x0000_0000_1234_5007UL)]
    [InlineData(PageFormat.Nested, PageRights.Read, 1, PageUse.Accessed, 0x8000_0000_1234_5025UL)]
    [InlineData(PageFormat.Nested, PageRights.ReadWrite, 2, PageUse.Dirty, 0x8000_0000_1220_00C7UL)]
    internal void PagingLeaf(PageFormat format, PageRights rights, int level, PageUse use, ulong raw)
    {
        Hpa frame = new(level == 1 ? 0x1234_5000UL : level == 2 ? 0x1220_0000UL : 0x4000_0000UL);
        RoundTrip(format, frame, rights, MemoryType.WriteBack, level, use, raw);
    }

    // The host's screen; nobody else's tables have such a leaf.
    [Fact]
    public void WriteCombiningIsTheSecondEntryOfThePat()
    {
        PageAttributes attributes = new(PageRights.ReadWrite, MemoryType.WriteCombining);
        PageEntry paging = PageEntry.ToLeaf(PageEntry.Template(PageFormat.Paging, attributes), new(0x1220_0000), 2);
        Assert.Equal(0x8000_0000_1220_008BUL, paging.Raw);
        Assert.Equal(0x8000_0000_1220_0089UL, paging.WithRights(PageFormat.Paging, PageRights.Read).Raw);
        Assert.Equal(0x8000_0000_0000_0007UL, PageEntry.Template(PageFormat.Nested, attributes).Raw);
    }

    [Fact]
    public void Tables()
    {
        Assert.Equal(0x2000_0000_1234_5007UL, PageEntry.ToTable(new(0x1234_5000)).Raw);
        Assert.Equal(0x0030_0000_1234_5007UL, PageEntry.ToTable(new(0x1234_5000), room: 3).Raw);
        Assert.False(PageEntry.ToTable(new(0x1000)).IsLeaf(2));
        Assert.Equal(0x000F_FFFF_FFFF_F000UL, new PageEntry(ulong.MaxValue).Table.Value);
        Assert.False(new PageEntry(0xFFFF_FFFF_FFFF_FFFE).IsPresent);
    }

    private static void RoundTrip(
        PageFormat format, Hpa frame, PageRights rights, MemoryType type, int level, PageUse use, ulong raw)
    {
        PageAttributes attributes = new(rights, type);
        Assert.True(PageEntry.CanExpress(format, attributes));
        ulong unused = raw & ~PageEntry.UseMask(format);
        Assert.Equal(unused, PageEntry.ToLeaf(PageEntry.Template(format, attributes), frame, level).Raw);
        PageEntry entry = new(raw);
        Assert.True(entry.IsPresent);
        Assert.True(entry.IsLeaf(level));
        Assert.True(entry.Frame(level) == frame);
        Assert.Equal(attributes, entry.Attributes(format));
        Assert.Equal(rights & PageRights.ReadWrite, entry.Access);
        Assert.Equal(use, entry.Use(format));
        PageEntry less = entry.WithRights(format, PageRights.Read);
        Assert.Equal(new PageAttributes(PageRights.Read, type), less.Attributes(format));
        Assert.Equal(raw, less.WithRights(format, rights).Raw);
    }
}
