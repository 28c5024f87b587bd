// Every operation on tables with n frames left, for every n up to what it needs: it ends with a status, translations
// stay as they were, and afterwards every frame comes back.

using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class OutOfFramesTests
{
    private const ulong Kilo4 = 0x1000, Mega2 = 0x20_0000, Giga1 = 0x4000_0000;

    private static readonly PageAttributes s_all = new(PageRights.All, MemoryType.WriteBack);

    [Fact]
    public void NoFrameNoTable()
    {
        using Arena arena = new(1);
        Assert.True(arena.Pool->TryAllocate(FrameOwner.GuestPage, out _));
        PageTable table = default;
        Assert.False(table.Initialize(arena.Pool, FrameOwner.SecondLevelTable, PageFormat.Ept, PageLevel.Page1G));
        table.Release();
    }

    // A range over the border of two tables on every level: 3 + 3 tables below the root.
    [Fact]
    public void Map()
    {
        for (uint frames = 0; frames <= 6; frames++)
        {
            using Arena arena = new(frames + 1);
            PageTable table = EptTests.Create(arena);
            ulong start = (512 * Giga1) - Kilo4;
            TableStatus status = table.Map(start, 2 * Kilo4, new(Kilo4), s_all);
            Assert.Equal(frames < 6 ? TableStatus.OutOfTables : TableStatus.Done, status);
            Assert.False(table.IsStale);
            Assert.Equal(frames == 6, table.Translate(start).IsMapped);
            Assert.Equal(frames == 6, table.Translate(start + Kilo4).IsMapped);
            TableInvariants.Check(ref table, arena.Pool, FrameOwner.SecondLevelTable, PageLevel.Page1G, $"{frames}");
            Assert.Equal(frames < 6 ? 1u : 7u, table.Tables);
            table.Release();
            Assert.Equal(frames + 1, arena.Available);
        }
    }

    [Fact]
    public void Open()
    {
        for (uint frames = 0; frames <= 3; frames++)
        {
            using Arena arena = new(frames + 1);
            PageTable table = EptTests.Create(arena);
            PageEntry* entry = table.Open(Giga1);
            Assert.Equal(frames == 3, entry != null);
            Assert.Equal(frames == 3 ? 4u : 1u, table.Tables);
            table.Release();
            Assert.Equal(frames + 1, arena.Available);
        }
    }

    [Fact]
    public void OpenLeavesALargeLeafAlone()
    {
        using Arena arena = new(4);
        PageTable table = EptTests.Create(arena);
        Assert.Equal(TableStatus.Done, table.Map(0, Giga1, new(Giga1), s_all));
        Assert.Equal(TableStatus.Done, table.Map(Giga1, Mega2, new(Giga1), s_all));
        Assert.True(table.Open(Mega2) == null);
        Assert.True(table.Open(Giga1 + Kilo4) == null);
        Assert.Equal(Giga1 + Mega2, table.Translate(Mega2).Address.Value);
        Assert.Equal(Giga1 + Kilo4, table.Translate(Giga1 + Kilo4).Address.Value);
        Assert.Equal(3u, table.Tables);
    }

    // Both ends of the range lie inside 1 GiB leaves: 2 + 2 tables.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void SplitOnTheWay(int operation)
    {
        for (uint frames = 0; frames <= 4; frames++)
        {
            using Arena arena = new(frames + 2);
            PageTable table = EptTests.Create(arena);
            Assert.Equal(TableStatus.Done, table.Map(0, 2 * Giga1, new(4 * Giga1), s_all));
            TableStatus status = operation switch
            {
                0 => table.Unmap(Giga1 - Kilo4, 2 * Kilo4),
                _ => table.Protect(Giga1 - Kilo4, 2 * Kilo4, PageRights.Read),
            };
            Assert.Equal(frames < 4 ? TableStatus.OutOfTables : TableStatus.Done, status);
            Assert.Equal(frames != 0, table.IsStale);
            foreach (ulong page in (ulong[])[Giga1 - Kilo4, Giga1])
            {
                Translation translation = table.Translate(page);
                Assert.Equal(frames < 4 || operation != 0, translation.IsMapped);
                if (translation.IsMapped)
                {
                    Assert.Equal(page + (4 * Giga1), translation.Address.Value);
                    Assert.Equal(
                        frames < 4 || operation != 1 ? PageRights.All : PageRights.Read,
                        translation.Attributes.Rights);
                }
            }

            TableInvariants.Check(ref table, arena.Pool, FrameOwner.SecondLevelTable, PageLevel.Page1G, $"{frames}");
            table.Release();
            Assert.Equal(frames + 2, arena.Available);
        }
    }

    [Fact]
    public void BadRequestsAreRefused()
    {
        using Arena arena = new(8);
        PageTable table = EptTests.Create(arena);
        ulong limit = PageTable.InputLimit;
        foreach ((ulong start, ulong length) in ((ulong, ulong)[])
            [(0, 0), (1, Kilo4), (0, 1), (limit, Kilo4), (limit - Kilo4, 2 * Kilo4), (Kilo4, 0xFFFF_FFFF_FFFF_F000)])
        {
            Assert.Equal(TableStatus.BadRange, table.Map(start, length, default, s_all));
            Assert.Equal(TableStatus.BadRange, table.Unmap(start, length));
            Assert.Equal(TableStatus.BadRange, table.Protect(start, length, PageRights.Read));
        }

        ulong outputLimit = PageTable.OutputLimit;
        Assert.Equal(TableStatus.BadRange, table.Map(0, Kilo4, new(8), s_all));
        Assert.Equal(TableStatus.BadRange, table.Map(0, Kilo4, new(outputLimit), s_all));
        Assert.Equal(TableStatus.BadRange, table.Map(0, 2 * Kilo4, new(outputLimit - Kilo4), s_all));
        foreach (PageRights rights in (PageRights[])[0, PageRights.Write, PageRights.Write | PageRights.Execute])
        {
            Assert.Equal(TableStatus.BadAttributes, table.Map(0, Kilo4, default, new(rights, MemoryType.WriteBack)));
            Assert.Equal(TableStatus.BadAttributes, table.Protect(0, Kilo4, rights));
        }

        foreach (MemoryType type in (MemoryType[])[(MemoryType)2, (MemoryType)3, MemoryType.UncacheableMinus])
        {
            Assert.Equal(TableStatus.BadAttributes, table.Map(0, Kilo4, default, new(PageRights.All, type)));
        }

        Assert.False(table.Translate(limit).IsMapped);
        Assert.Equal(1u, table.Tables);
        Assert.Equal(TableStatus.Done, table.Map(limit - Kilo4, Kilo4, new(outputLimit - Kilo4), s_all));
        Assert.Equal(outputLimit - 1, table.Translate(limit - 1).Address.Value);
    }
}
