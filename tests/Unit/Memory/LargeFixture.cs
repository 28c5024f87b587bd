// Guest memory of so many aligned pieces of 2 MiB, all identity.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

internal sealed unsafe class LargeFixture : IDisposable
{
    public const uint PoolFrames = 24;

    private const uint PagesOfLeaf = 512;
    private const ulong Mega2 = 0x20_0000;

    private readonly int _pieces;

    public LargeFixture(int pieces, uint poolFrames = PoolFrames)
    {
        _pieces = pieces;
        Frames = new GuestFixture(poolFrames, PagesOfLeaf * (uint)(pieces + 1));
    }

    public GuestFixture Frames { get; }

    public Gpa Piece(int index) =>
        new(((Frames.Own(0).Value + Mega2 - 1) & ~(Mega2 - 1)) + ((ulong)index * Mega2));

    // `spare`: pages that the quota has more.
    public GuestMemory Create(uint spare = 0, bool hasLargeCode = true)
    {
        ulong quota = ((ulong)_pieces * PagesOfLeaf) + spare;
        GuestMemory memory = Frames.Create(quota, PageLevel.Page1G, hasLargeCode);
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, Piece(0), (ulong)_pieces * Mega2));
        return memory;
    }

    public void Fill(ref GuestMemory memory, int piece)
    {
        for (ulong page = 0; page < PagesOfLeaf; page++)
        {
            memory.Resolve(Piece(piece) + (page << 12), PageRights.Write);
        }

        Assert.Equal(PageLevel.Page2M, memory.Table.Translate(Piece(piece).Value).Level);
    }

    public void Check(ref GuestMemory memory, string what = "") => TableInvariants.Check(
        ref memory.Table, Frames.Arena.Pool, FrameOwner.SecondLevelTable, PageLevel.Page1G, what);

    public void Dispose() => Frames.Dispose();
}
