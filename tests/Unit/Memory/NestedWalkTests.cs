// A15 and A16: what nested paging costs, counted on real tables.

using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class NestedWalkTests
{
    // Rows: the guest's page; columns: EPT's. (g + 1)(e + 1), g and e the entries that a walk reads.
    [Theory]
    [InlineData(PageLevel.Page4K, PageLevel.Page4K, 25)]
    [InlineData(PageLevel.Page4K, PageLevel.Page2M, 20)]
    [InlineData(PageLevel.Page4K, PageLevel.Page1G, 15)]
    [InlineData(PageLevel.Page2M, PageLevel.Page4K, 20)]
    [InlineData(PageLevel.Page2M, PageLevel.Page2M, 16)]
    [InlineData(PageLevel.Page2M, PageLevel.Page1G, 12)]
    [InlineData(PageLevel.Page1G, PageLevel.Page4K, 15)]
    [InlineData(PageLevel.Page1G, PageLevel.Page2M, 12)]
    [InlineData(PageLevel.Page1G, PageLevel.Page1G, 9)]
    public void References(int guestLeaf, int eptLeaf, int references)
    {
        using Arena arena = new(40);
        Assert.Equal(references, NestedWalk.Count(arena.Pool, guestLeaf, eptLeaf));
        Assert.Equal(references, NestedWalk.Expected(guestLeaf, eptLeaf));
        Assert.Equal(40u, arena.Available);
    }

    [Fact]
    public void FewFramesCountNothingAndLoseNothing()
    {
        for (uint frames = 1; frames <= 10; frames++)
        {
            using Arena arena = new(frames);
            int references = NestedWalk.Count(arena.Pool, PageLevel.Page4K, PageLevel.Page4K);
            Assert.True(references is 0 or 25);
            Assert.True(frames > 7 || references == 0);
            Assert.Equal(frames, arena.Available);
        }
    }

    // Mixed leaves on the way: each reference costs what its own leaf costs.
    [Fact]
    public void ReferencesStopWhereNothingIsMapped()
    {
        using Arena arena = new(20);
        PageTable ept = EptTests.Create(arena);
        Assert.True(arena.Pool->TryAllocateCleared(FrameOwner.GuestPage, out Hpa root));
        NestedWalker walker = new(ept.Root);
        Assert.False(walker.TryRead(new(root.Value), default, out _));
        Assert.Equal(1, walker.References);
        PageAttributes attributes = new(PageRights.All, MemoryType.WriteBack);
        Assert.Equal(TableStatus.Done, ept.Map(root.Value, 0x1000, root, attributes));
        walker = new(ept.Root);
        Assert.False(walker.TryRead(new(root.Value), default, out _));
        Assert.Equal(5, walker.References);
    }

    [Fact]
    public void FourMachinesOfTenProcesses()
    {
        using Arena arena = new(4);
        Assert.Equal(44u, ShadowTables.Count(arena.Pool, PageFormat.Paging, 44, out uint shadowTables));
        Assert.Equal(4u, ShadowTables.Count(arena.Pool, PageFormat.Ept, 4, out uint eptTables));
        Assert.Equal((176u, 16u), (shadowTables, eptTables));
        Assert.Equal(1u, ShadowTables.Count(arena.Pool, PageFormat.Paging, 1, out _));
        Assert.Equal(4u, arena.Available);
        using Arena small = new(3);
        Assert.Equal(0u, ShadowTables.Count(small.Pool, PageFormat.Ept, 4, out _));
        Assert.Equal(3u, small.Available);
    }

    [Fact]
    public void BothScenesMeetTheirExpectation()
    {
        using Arena arena = new(40);
        Assert.True(NestedWalk.Run(arena.Pool));
        Assert.True(ShadowTables.Run(arena.Pool));
        using Arena small = new(2);
        Assert.False(NestedWalk.Run(small.Pool));
        Assert.False(ShadowTables.Run(small.Pool));
    }
}
