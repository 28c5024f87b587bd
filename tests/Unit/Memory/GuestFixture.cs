// Guest memory over an arena: the frames behind the pool are the guest's identity memory, at their own addresses.

using System;
using System.Runtime.InteropServices;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

internal sealed unsafe class GuestFixture : IDisposable
{
    private const int MapBytes = 4096;

    public GuestFixture(uint poolFrames, uint ownFrames, uint alignment = 4096, int mapBytes = MapBytes)
    {
        Arena = new Arena(poolFrames, ownFrames, alignment);
        Physical = (PhysicalMap*)NativeMemory.AllocZeroed((nuint)(sizeof(PhysicalMap) + mapBytes));
        Physical->Initialize(Physical + 1, mapBytes);
        Mtrr = (Mtrr*)NativeMemory.AllocZeroed((nuint)sizeof(Mtrr));
        *Mtrr = Hv.Memory.Mtrr.None;
        Assert.True(Physical->TrySet(Arena.Base, Arena.Own, PhysicalKind.Hypervisor));
        Assert.True(Physical->TrySet(Arena.Own, Arena.Base + ((ulong)Arena.Frames << 12), PhysicalKind.Usable));
    }

    public Arena Arena { get; }

    public PhysicalMap* Physical { get; }

    public Mtrr* Mtrr { get; }

    // The guest's address of its own frame n.
    public Gpa Own(ulong frame) => new(Arena.Own.Value + (frame << 12));

    public GuestMemory Create(ulong quota = 1000, int largestLeaf = PageLevel.Page4K, bool hasLargeCode = true)
    {
        GuestMemory memory = default;
        SecondLevelFeatures features = new()
        {
            Format = PageFormat.Ept,
            LargestLeaf = (byte)largestLeaf,
            HasLargeCode = hasLargeCode,
        };
        Assert.True(memory.Initialize(Arena.Pool, Physical, Mtrr, features, quota));
        return memory;
    }

    public void Dispose()
    {
        Arena.Dispose();
        NativeMemory.Free(Physical);
        NativeMemory.Free(Mtrr);
    }
}

// Guest memory of so many aligned pieces of 2 MiB, all identity.
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
