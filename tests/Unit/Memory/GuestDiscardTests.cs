// Memory that a guest does without: its frames go back, its quota grows, and what comes there next is clear. A range
// that is not all RAM of one extent stays as it is, and so does everything where there is no frame for a table.

using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class GuestDiscardTests
{
    private const ulong Kilo4 = 0x1000, Mega2 = 0x20_0000;
    private const ulong PagesOfLeaf = 512;

    // Pages of the pool as well as identity ones.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NextTouchFindsClearPage(bool isIdentity)
    {
        using GuestFixture fixture = new(16, 4);
        Gpa start = isIdentity ? fixture.Own(0) : default;
        GuestMemory memory = fixture.Create(quota: 4);
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, start, 4 * Kilo4));
        uint untouched = fixture.Arena.Available;
        for (ulong page = 0; page < 4; page++)
        {
            Assert.Equal(Resolution.Mapped, memory.Load(start + (page * Kilo4), [0xA5]));
        }

        memory.Flushed();
        uint touched = fixture.Arena.Available;
        Assert.True(memory.TryDiscard(start + Kilo4, 2 * Kilo4));
        Assert.True(memory.IsStale);
        Assert.Equal(touched + (isIdentity ? 0u : 2), fixture.Arena.Available);
        Assert.Equal(2UL, GuestMemoryUse.Of(ref memory).Pages);
        Assert.Equal((0xA5, 0), (First(ref memory, start), First(ref memory, start + Kilo4)));
        Assert.Equal(Resolution.Mapped, memory.Resolve(start + (2 * Kilo4), PageRights.Write));
        Assert.Equal(4UL, GuestMemoryUse.Of(ref memory).Pages);
        Assert.True(memory.TryDiscard(start, 4 * Kilo4));
        Assert.Equal(untouched, fixture.Arena.Available);
        Assert.True(memory.Release());
        Assert.Equal(16u, fixture.Arena.Available);
    }

    // What is not mapped changes nothing, and makes nothing stale.
    [Fact]
    public void NothingComesOfNothing()
    {
        using GuestFixture fixture = new(16, 4);
        GuestMemory memory = fixture.Create(quota: 1);
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(0), 4 * Kilo4));
        memory.Flushed();
        Assert.True(memory.TryDiscard(fixture.Own(0), 4 * Kilo4));
        Assert.False(memory.IsStale);
        Assert.Equal(Resolution.Mapped, memory.Resolve(fixture.Own(0), PageRights.Write));
        Assert.Equal(Resolution.QuotaExhausted, memory.Resolve(fixture.Own(1), PageRights.Write));
    }

    // Devices, holes, the page beyond, two regions at once, no whole pages: all of it stays.
    [Fact]
    public void OnlyRamOfOneExtentGoes()
    {
        using GuestFixture fixture = new(16, 8);
        GuestMemory memory = fixture.Create();
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(0), 2 * Kilo4));
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Device, fixture.Own(2), Kilo4));
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(3), Kilo4));
        memory.Load(fixture.Own(0), [1]);
        memory.Load(fixture.Own(1), [1]);
        memory.Load(fixture.Own(3), [1]);
        Assert.True(memory.TryStandIn(fixture.Own(4), out Hpa standIn));
        (ulong Start, ulong Length)[] refused =
        [
            (fixture.Own(1).Value, 2 * Kilo4), (fixture.Own(2).Value, Kilo4), (fixture.Own(3).Value, 2 * Kilo4),
            (fixture.Own(4).Value, Kilo4), (fixture.Own(0).Value + 1, Kilo4), (fixture.Own(0).Value, 1),
            (fixture.Own(0).Value, 0), (fixture.Own(0).Value, ulong.MaxValue & ~0xFFFUL), (1UL << 48, Kilo4),
            (ulong.MaxValue & ~0xFFFUL, Kilo4),
        ];
        foreach ((ulong start, ulong length) in refused)
        {
            Assert.False(memory.TryDiscard(new(start), length), $"{start:X}, {length:X}");
        }

        Assert.Equal(3UL, GuestMemoryUse.Of(ref memory).Pages);
        Assert.True(memory.Table.Translate(fixture.Own(4).Value).IsMapped);
        memory.TakeBack(fixture.Own(4), standIn);
        Assert.True(memory.Release());
    }

    // A page of a large leaf splits it; a whole one needs no table, and may become large again.
    [Fact]
    public void LargeLeavesGoInPartsAndWhole()
    {
        using LargeFixture fixture = new(pieces: 2);
        GuestMemory memory = fixture.Create();
        fixture.Fill(ref memory, 0);
        fixture.Fill(ref memory, 1);
        memory.Load(fixture.Piece(0), [0xA5]);
        memory.Flushed();
        Assert.True(memory.TryDiscard(fixture.Piece(0) + (5 * Kilo4), 3 * Kilo4));
        GuestMemoryUse use = GuestMemoryUse.Of(ref memory);
        Assert.Equal((PagesOfLeaf - 3, 1UL, true), (use.Leaves4K, use.Leaves2M, memory.IsStale));
        Assert.True(memory.TryDiscard(fixture.Piece(0), 2 * Mega2));
        Assert.Equal(0UL, GuestMemoryUse.Of(ref memory).Pages);
        fixture.Check(ref memory);
        Assert.Equal(0, First(ref memory, fixture.Piece(0)));
        fixture.Fill(ref memory, 0);
        fixture.Fill(ref memory, 1);
        Assert.Equal(2UL, GuestMemoryUse.Of(ref memory).Leaves2M);
        Assert.True(memory.Release());
        Assert.Equal(LargeFixture.PoolFrames, fixture.Frames.Arena.Available);
    }

    [Fact]
    public void LeafStaysWithoutFrameForTable()
    {
        using LargeFixture fixture = new(pieces: 1);
        GuestMemory memory = fixture.Create();
        fixture.Fill(ref memory, 0);
        memory.Load(fixture.Piece(0), [0xA5]);
        while (fixture.Frames.Arena.Pool->TryAllocate(FrameOwner.Hypervisor, out _))
        {
        }

        Assert.False(memory.TryDiscard(fixture.Piece(0), Kilo4));
        Assert.Equal((0xA5, 1UL), (First(ref memory, fixture.Piece(0)), GuestMemoryUse.Of(ref memory).Leaves2M));
        Assert.Equal(Resolution.AlreadyMapped, memory.Resolve(fixture.Piece(0), PageRights.Write));
        Assert.True(memory.TryDiscard(fixture.Piece(0), Mega2));
        Assert.Equal(0UL, GuestMemoryUse.Of(ref memory).Pages);
    }

    private static int First(ref GuestMemory memory, Gpa address)
    {
        byte value = 0;
        Assert.Equal(Resolution.Mapped, memory.Read(address, new(ref value)));
        return value;
    }
}
