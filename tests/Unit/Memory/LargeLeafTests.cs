// Large leaves: after how many touches, where and where not, and what becomes of them when a page inside is changed.

using System;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class LargeLeafTests
{
    private const ulong Kilo4 = 0x1000, Mega2 = 0x20_0000, Giga1 = 0x4000_0000;
    private const int PagesOfLeaf = 512, FirstFaults = 16 + 4, FurtherFaults = 4;

    // The pieces of 2 MiB in the order in which they are filled, and the pages of each.
    [Theory]
    [InlineData(new[] { 0, 1, 2 }, 1)]
    [InlineData(new[] { 2, 1, 0 }, -1)]
    [InlineData(new[] { 1, 2, 0 }, 77)]
    public void DenseMemoryTakesFewFaults(int[] pieces, int stride)
    {
        using LargeFixture fixture = new(pieces: 3);
        GuestMemory memory = fixture.Create();
        for (int i = 0; i < pieces.Length; i++)
        {
            Gpa start = fixture.Piece(pieces[i]);
            int faults = 0;
            for (int n = 0, page = stride < 0 ? PagesOfLeaf - 1 : 0; n < PagesOfLeaf; n++)
            {
                Resolution result = memory.Resolve(start + ((ulong)page << 12), PageRights.Write);
                faults += result == Resolution.Mapped ? 1 : 0;
                page = (page + stride) & (PagesOfLeaf - 1);
            }

            Assert.Equal(i == 0 ? FirstFaults : FurtherFaults, faults);
            Assert.Equal(PageLevel.Page2M, memory.Table.Translate(start.Value).Level);
            Assert.Equal(-1, new ReadOnlySpan<byte>((void*)start.Value, (int)Mega2).IndexOfAnyExcept((byte)0));
        }

        Assert.Equal((0UL, 3UL), (GuestMemoryUse.Of(ref memory).Leaves4K, GuestMemoryUse.Of(ref memory).Leaves2M));
        Assert.Equal(3UL * PagesOfLeaf, GuestMemoryUse.Of(ref memory).Identity);
        fixture.Check(ref memory);
        Assert.True(memory.Release());
        Assert.Equal(LargeFixture.PoolFrames, fixture.Frames.Arena.Available);
    }

    // Sparse memory stays small, whatever is touched beside it.
    [Fact]
    public void FewPagesStayFew()
    {
        using LargeFixture fixture = new(pieces: 2);
        GuestMemory memory = fixture.Create();
        for (ulong page = 0; page < 16; page++)
        {
            Assert.Equal(Resolution.Mapped, memory.Resolve(fixture.Piece(0) + (page * 31 * Kilo4), PageRights.Read));
            Assert.Equal(Resolution.Mapped, memory.Resolve(fixture.Piece(1) + (page * 32 * Kilo4), PageRights.Read));
        }

        Assert.Equal(32UL, GuestMemoryUse.Of(ref memory).Pages);
        Assert.Equal(32UL, GuestMemoryUse.Of(ref memory).Leaves4K);
    }

    public enum Hindrance
    {
        NotOffered,
        EndsInside,
        Hole,
        Substitutes,
        MemoryType,
        Quota,
        Nothing,
    }

    [Theory]
    [InlineData(Hindrance.NotOffered)]
    [InlineData(Hindrance.EndsInside)]
    [InlineData(Hindrance.Hole)]
    [InlineData(Hindrance.Substitutes)]
    [InlineData(Hindrance.MemoryType)]
    [InlineData(Hindrance.Quota)]
    [InlineData(Hindrance.Nothing)]
    public void SmallLeavesWhereALargeOneCannotBe(Hindrance hindrance)
    {
        uint frames = hindrance == Hindrance.Substitutes ? 600 : LargeFixture.PoolFrames;
        using LargeFixture fixture = new(pieces: 1, frames);
        Hinder(fixture.Frames, hindrance, new(fixture.Piece(0).Value));
        ulong pages = hindrance == Hindrance.EndsInside ? 511UL : 512;
        GuestMemory memory = fixture.Frames.Create(
            hindrance == Hindrance.Quota ? 511UL : 512,
            hindrance == Hindrance.NotOffered ? PageLevel.Page4K : PageLevel.Page1G);
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Piece(0), pages * Kilo4));
        ulong mapped = 0, last = 0;
        for (ulong page = 0; page < pages; page++)
        {
            Resolution result = memory.Resolve(fixture.Piece(0) + (page * Kilo4), PageRights.Write);
            mapped += result == Resolution.Mapped ? 1UL : 0;
            last = result == Resolution.QuotaExhausted ? page : 0;
        }

        bool isLarge = hindrance == Hindrance.Nothing;
        ulong wanted = hindrance is Hindrance.EndsInside or Hindrance.Quota ? 511UL : 512;
        Assert.Equal(isLarge ? FirstFaults : wanted, mapped);
        Assert.Equal(hindrance == Hindrance.Quota ? 511UL : 0, last);
        Assert.Equal(wanted, GuestMemoryUse.Of(ref memory).Pages);
        GuestMemoryUse use = GuestMemoryUse.Of(ref memory);
        Assert.Equal((isLarge ? 0 : wanted, isLarge ? 1UL : 0), (use.Leaves4K, use.Leaves2M));
        Assert.True(memory.Release());
        Assert.Equal(frames, fixture.Frames.Arena.Available);
    }

    private static void Hinder(GuestFixture frames, Hindrance hindrance, Hpa piece)
    {
        Hpa inside = piece + (300 * Kilo4);
        if (hindrance is Hindrance.Hole or Hindrance.Substitutes)
        {
            bool isHole = hindrance == Hindrance.Hole;
            Assert.True(frames.Physical->TrySet(
                isHole ? inside : piece, isHole ? inside + Kilo4 : piece + Mega2, PhysicalKind.AcpiNvs));
        }

        if (hindrance == Hindrance.MemoryType)
        {
            *frames.Mtrr = new MtrrMachine
            {
                Width = 48,
                DefaultType = 6,
                Ranges = [(inside.Value, Kilo4, MemoryType.WriteThrough)],
            }.Build();
        }
    }

    // What the processor has marked in small leaves stands in the large one.
    [Theory]
    [InlineData(Access.Read, PageUse.Accessed)]
    [InlineData(Access.Write, PageUse.Accessed | PageUse.Dirty)]
    public void MarksAreKept(object access, object use)
    {
        using LargeFixture fixture = new(pieces: 1);
        GuestMemory memory = fixture.Create();
        EptUser user = new(fixture.Frames.Arena);
        user.Refresh(ref memory.Table);
        for (ulong page = 0; memory.Table.Translate(fixture.Piece(0).Value).Level != PageLevel.Page2M; page++)
        {
            Assert.Equal(0UL, GuestMemoryUse.Of(ref memory).Leaves2M);
            memory.Resolve(fixture.Piece(0) + (page * Kilo4), PageRights.All);
            if (page == 3)
            {
                Assert.True(user.Access(ref memory.Table, fixture.Piece(0).Value + (page * Kilo4), (Access)access));
            }
        }

        Assert.Equal((PageUse)use, memory.Table.Translate(fixture.Piece(0).Value + Mega2 - 1).Use);
        Assert.True(memory.IsStale);
        Assert.Throws<SoftCpuException>(() => user.Verify(ref memory.Table));
        user.Refresh(ref memory.Table);
        user.Verify(ref memory.Table);
    }

    // A page that is protected or taken away splits its leaf; the others stay, and the leaf does not come back.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AChangedPageSplitsItsLeaf(bool isUnmapped)
    {
        using LargeFixture fixture = new(pieces: 1);
        GuestMemory memory = fixture.Create(spare: 1);
        ulong start = fixture.Piece(0).Value, page = start + (200 * Kilo4);
        fixture.Fill(ref memory, 0);
        *(ulong*)page = 5;
        memory.Flushed();
        Assert.Equal(3u, memory.Table.Tables);
        Assert.Equal(
            TableStatus.Done,
            isUnmapped ? memory.Table.Unmap(page, Kilo4) : memory.Table.Protect(page, Kilo4, PageRights.Read));
        Assert.True(memory.IsStale);
        Assert.Equal(4u, memory.Table.Tables);
        Assert.Equal(isUnmapped ? 511UL : 512, GuestMemoryUse.Of(ref memory).Leaves4K);
        Assert.Equal(
            isUnmapped ? Resolution.Mapped : Resolution.Protected,
            memory.Resolve(new(page), PageRights.Write));
        Assert.Equal(Resolution.AlreadyMapped, memory.Resolve(new(page + Kilo4), PageRights.Write));
        Assert.Equal(512UL, GuestMemoryUse.Of(ref memory).Leaves4K);
        Assert.Equal(TableStatus.Done, memory.Table.Protect(page, Kilo4, PageRights.All));
        Assert.Equal(512UL, GuestMemoryUse.Of(ref memory).Leaves4K);
        Assert.Equal(isUnmapped ? 0UL : 5, *(ulong*)page);
        Assert.True(memory.Release());
        Assert.Equal(LargeFixture.PoolFrames, fixture.Frames.Arena.Available);
    }

    // A guest that changes the size of its own pages can stop some processors if their code lies in a large leaf.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CodeIsSmallWhereItMustBe(bool hasLargeCode)
    {
        using LargeFixture fixture = new(pieces: 2);
        GuestMemory memory = fixture.Create(hasLargeCode: hasLargeCode);
        fixture.Fill(ref memory, 0);
        fixture.Fill(ref memory, 1);
        memory.Flushed();
        Gpa code = fixture.Piece(1) + (77 * Kilo4);
        Assert.Equal(hasLargeCode, (memory.Table.Translate(code.Value).Attributes.Rights & PageRights.Execute) != 0);
        Resolution wanted = hasLargeCode ? Resolution.AlreadyMapped : Resolution.Mapped;
        Assert.Equal(wanted, memory.Resolve(code, PageRights.Execute));
        Assert.Equal(!hasLargeCode, memory.IsStale);
        Assert.Equal(Resolution.AlreadyMapped, memory.Resolve(fixture.Piece(1), PageRights.All));
        Assert.Equal(hasLargeCode ? 2UL : 1, GuestMemoryUse.Of(ref memory).Leaves2M);
        Assert.Equal(2UL * PagesOfLeaf, GuestMemoryUse.Of(ref memory).Pages);
        Assert.True(memory.Release());
        Assert.Equal(LargeFixture.PoolFrames, fixture.Frames.Arena.Available);
    }

    // What is watched stays so when code beside it makes its 2 MiB small.
    [Fact]
    public void WatchedPagesAreNoCode()
    {
        using LargeFixture fixture = new(pieces: 1);
        GuestMemory memory = fixture.Create(hasLargeCode: false);
        fixture.Fill(ref memory, 0);
        Gpa code = fixture.Piece(0), watched = code + Kilo4;
        Assert.Equal(TableStatus.Done, memory.Table.Protect(watched.Value, Kilo4, PageRights.Read));
        Assert.Equal(Resolution.Mapped, memory.Resolve(code, PageRights.Execute));
        Assert.Equal(Resolution.AlreadyMapped, memory.Resolve(code + (Mega2 - 1), PageRights.All));
        Assert.Equal(Resolution.Protected, memory.Resolve(watched, PageRights.Execute));
        Assert.Equal(Resolution.Protected, memory.Resolve(watched, PageRights.Write));
        Assert.Equal(Resolution.AlreadyMapped, memory.Resolve(watched, PageRights.Read));
    }

    // No frame for the small ones: the fetch is refused, and nothing has changed.
    [Fact]
    public void CodeThatCannotBeSmallIsRefused()
    {
        using LargeFixture fixture = new(pieces: 1);
        GuestMemory memory = fixture.Create(hasLargeCode: false);
        fixture.Fill(ref memory, 0);
        while (fixture.Frames.Arena.Pool->TryAllocate(FrameOwner.VmxRegion, out _))
        {
        }

        memory.Flushed();
        Assert.Equal(Resolution.TablesExhausted, memory.Resolve(fixture.Piece(0), PageRights.Execute));
        Assert.Equal((false, 1UL), (memory.IsStale, GuestMemoryUse.Of(ref memory).Leaves2M));
    }

    // Memory that nobody has: 1 GiB of it, page by page.
    [Theory]
    [InlineData(PageLevel.Page1G, true, 0UL, 1UL)]
    [InlineData(PageLevel.Page1G, false, 0UL, 1UL)]
    [InlineData(PageLevel.Page2M, true, 512UL, 0UL)]
    public void AGigabyteBecomesOneLeaf(int largest, bool hasLargeCode, ulong leaves2M, ulong leaves1G)
    {
        using GuestFixture fixture = new(530, 0);
        Assert.True(fixture.Physical->TrySet(default, new(2 * Giga1), PhysicalKind.Usable));
        GuestMemory memory = fixture.Create(1 << 18, largest, hasLargeCode);
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, new(Giga1), Giga1));
        for (ulong page = 0; page < 1 << 18; page++)
        {
            memory.Resolve(new(Giga1 + (page * Kilo4)), PageRights.Read);
        }

        GuestMemoryUse use = GuestMemoryUse.Of(ref memory);
        Assert.Equal((0UL, leaves2M, leaves1G), (use.Leaves4K, use.Leaves2M, use.Leaves1G));
        Assert.Equal(1UL << 18, GuestMemoryUse.Of(ref memory).Identity);
        PageRights access = hasLargeCode ? PageRights.All : PageRights.Execute;
        Assert.Equal(
            hasLargeCode ? Resolution.AlreadyMapped : Resolution.Mapped, memory.Resolve(new(Giga1 + Mega2), access));
        Assert.Equal(TableStatus.Done, memory.Table.Protect(Giga1 + Mega2, Kilo4, PageRights.Read));
        use = GuestMemoryUse.Of(ref memory);
        Assert.Equal((512UL, 511UL, 0UL), (use.Leaves4K, use.Leaves2M, use.Leaves1G));
        Assert.True(memory.Release());
        Assert.Equal(530u, fixture.Arena.Available);
    }

    // Copies by the host count as touches, and find what is under a large leaf.
    [Fact]
    public void CopiesGoThroughLargeLeaves()
    {
        using LargeFixture fixture = new(pieces: 2);
        GuestMemory memory = fixture.Create();
        byte[] bytes = new byte[Mega2 + 0x4321], read = new byte[bytes.Length];
        new Random(1).NextBytes(bytes);
        Assert.Equal(Resolution.Mapped, memory.Load(fixture.Piece(0) + 0x1234, bytes));
        Assert.Equal(1UL, GuestMemoryUse.Of(ref memory).Leaves2M);
        Assert.Equal(Resolution.Mapped, memory.Read(fixture.Piece(0) + 0x1234, read));
        Assert.True(bytes.SequenceEqual(read));
    }
}
