// Guest memory: demand paging with its book-keeping, identity and substitutes, refusals, and everything given back.

using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class GuestMemoryTests
{
    private const ulong Kilo4 = 0x1000, Mega2 = 0x20_0000, Giga1 = 0x4000_0000;

    // Touching k scattered pages maps k pages and the tables above them, nothing else.
    [Fact]
    public void NothingIsMappedUntilTouched()
    {
        using GuestFixture fixture = new(40, 0);
        Assert.True(fixture.Physical->TrySet(default, new(Giga1), PhysicalKind.Usable));
        GuestMemory memory = fixture.Create(1 << 18);
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, default, Giga1));
        Assert.Equal(0UL, GuestMemoryUse.Of(ref memory).Pages);
        Assert.Equal(1u, memory.Table.Tables);
        for (ulong i = 0; i < 16; i++)
        {
            Gpa address = new((i * 64 * 0x10_0000) + (i * Kilo4) + 7);
            Assert.Equal(Resolution.Mapped, memory.Resolve(address, PageRights.Write));
            Assert.Equal(Resolution.AlreadyMapped, memory.Resolve(address, PageRights.All));
            Assert.Equal(address.Value, memory.Table.Translate(address.Value).Address.Value);
        }

        GuestMemoryUse use = GuestMemoryUse.Of(ref memory);
        Assert.Equal((16UL, 16UL, 16UL), (use.Pages, use.Identity, use.Leaves4K));
        Assert.Equal(3u + 16, memory.Table.Tables);
        Assert.Equal(Resolution.IllegalAddress, memory.Resolve(new(Giga1), PageRights.Read));
        Assert.True(memory.Release());
        Assert.Equal(40u, fixture.Arena.Available);
    }

    [Fact]
    public void ThirtyTwoMegabytesEndThere()
    {
        using GuestFixture fixture = new(8, 0);
        Assert.True(fixture.Physical->TrySet(default, new(Giga1), PhysicalKind.Usable));
        GuestMemory memory = fixture.Create(0x2000);
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, default, 0x200_0000));
        Assert.Equal(Resolution.Mapped, memory.Resolve(new(0x1FF_FFFF), PageRights.Write));
        Assert.Equal(Resolution.IllegalAddress, memory.Resolve(new(0x200_0000), PageRights.Read));
        Assert.Equal(Resolution.IllegalAddress, memory.Resolve(new(ulong.MaxValue), PageRights.Read));
        Assert.Equal(Resolution.IllegalAddress, memory.Resolve(new(1UL << 48), PageRights.Read));
    }

    [Fact]
    public void QuotaIsInPages()
    {
        using GuestFixture fixture = new(8, 4);
        GuestMemory memory = fixture.Create(quota: 2);
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(0), 4 * Kilo4));
        Assert.Equal(Resolution.Mapped, memory.Resolve(fixture.Own(0), PageRights.Read));
        Assert.Equal(Resolution.Mapped, memory.Resolve(fixture.Own(3), PageRights.Read));
        Assert.Equal(Resolution.QuotaExhausted, memory.Resolve(fixture.Own(1), PageRights.Read));
        Assert.Equal(Resolution.AlreadyMapped, memory.Resolve(fixture.Own(3), PageRights.Read));
        Assert.Equal(2UL, GuestMemoryUse.Of(ref memory).Pages);
        GuestMemory none = fixture.Create(quota: 0);
        Assert.Equal(RegionStatus.Added, none.AddRegion(GuestRegionKind.Ram, default, Kilo4));
        Assert.Equal(Resolution.QuotaExhausted, none.Resolve(default, PageRights.Read));
        Assert.Equal(1u, none.Table.Tables);
    }

    [Fact]
    public void KindsOfRegions()
    {
        using GuestFixture fixture = new(8, 4);
        GuestMemory memory = fixture.Create();
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Device, fixture.Own(1), Kilo4));
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(2), Kilo4));
        Assert.Equal(Resolution.Device, memory.Resolve(fixture.Own(1), PageRights.Read));
        Assert.Equal(Resolution.Device, memory.Resolve(fixture.Own(1), PageRights.Write));
        Assert.Equal(Resolution.Mapped, memory.Resolve(fixture.Own(2), PageRights.Write));
        Assert.Equal(TableStatus.Done, memory.Table.Protect(fixture.Own(2).Value, Kilo4, PageRights.Read));
        Assert.Equal(Resolution.Protected, memory.Resolve(fixture.Own(2), PageRights.Write));
        Assert.Equal(Resolution.AlreadyMapped, memory.Resolve(fixture.Own(2), PageRights.Read));
        Assert.Equal(1UL, GuestMemoryUse.Of(ref memory).Pages);
    }

    // Guests that want the same addresses never share a frame: the second gets substitutes.
    [Fact]
    public void TwoGuestsShareNothing()
    {
        using GuestFixture fixture = new(40, 8);
        GuestMemory first = fixture.Create(), second = fixture.Create(), third = fixture.Create();
        Assert.Equal(RegionStatus.Added, first.AddRegion(GuestRegionKind.Ram, fixture.Own(2), 4 * Kilo4));
        Assert.Equal(RegionStatus.Added, second.AddRegion(GuestRegionKind.Ram, fixture.Own(0), 8 * Kilo4));
        Assert.Equal(RegionStatus.Added, third.AddRegion(GuestRegionKind.Ram, fixture.Own(0), 8 * Kilo4));
        HashSet<ulong> frames = [];
        for (ulong page = 0; page < 8; page++)
        {
            Touch(ref first, fixture.Own(page), frames, page is >= 2 and < 6);
            Touch(ref second, fixture.Own(page), frames, true);
            Touch(ref third, fixture.Own(page), frames, true);
        }

        Assert.Equal(4 + 8 + 8, frames.Count);
        Assert.Equal((4UL, 0UL), (GuestMemoryUse.Of(ref first).Identity, GuestMemoryUse.Of(ref first).Substituted));
        Assert.Equal((4UL, 4UL), (GuestMemoryUse.Of(ref second).Identity, GuestMemoryUse.Of(ref second).Substituted));
        Assert.Equal(8UL, GuestMemoryUse.Of(ref third).Substituted);
        Assert.True(first.Release());
        Assert.True(third.Release());
        Assert.True(second.Release());
        Assert.Equal(40u, fixture.Arena.Available);
        Assert.Equal(8 * Kilo4, fixture.Physical->Total(PhysicalKind.Usable));

        static void Touch(ref GuestMemory memory, Gpa address, HashSet<ulong> frames, bool inside)
        {
            Resolution wanted = inside ? Resolution.Mapped : Resolution.IllegalAddress;
            Assert.Equal(wanted, memory.Resolve(address, PageRights.Write));
            Assert.True(!inside || frames.Add(memory.Table.Translate(address.Value).Address.Value));
        }
    }

    [Fact]
    public void PagesStartCleared()
    {
        using GuestFixture fixture = new(16, 3);
        Hpa reserved = new(fixture.Own(1).Value);
        Assert.True(fixture.Physical->TrySet(reserved, reserved + Kilo4, PhysicalKind.Reserved));
        GuestMemory memory = fixture.Create();
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(0), 3 * Kilo4));
        for (ulong page = 0; page < 3; page++)
        {
            Assert.Equal(Resolution.Mapped, memory.Resolve(fixture.Own(page), PageRights.Read));
            void* frame = memory.Table.Translate(fixture.Own(page).Value).Address.Pointer;
            Assert.Equal(-1, new ReadOnlySpan<byte>(frame, 4096).IndexOfAnyExcept((byte)0));
        }
    }

    // A page is taken first, then its tables; if one is missing, nothing stays. Smaller needs may still be met
    // afterwards.
    [Fact]
    public void OutOfFramesAtEveryPoint()
    {
        for (uint frames = 0; frames <= 20; frames++)
        {
            using GuestFixture fixture = new(frames + 1, 0);
            Assert.True(fixture.Arena.Pool->TryAllocate(FrameOwner.VmxRegion, out _));
            Assert.True(fixture.Physical->TrySet(default, new(Giga1), PhysicalKind.Usable));
            Assert.True(fixture.Physical->TrySet(new(Mega2), new(2 * Mega2), PhysicalKind.Reserved));
            GuestMemory memory = default;
            SecondLevelFeatures features = new() { Format = PageFormat.Ept, LargestLeaf = PageLevel.Page1G };
            bool created = memory.Initialize(fixture.Arena.Pool, fixture.Physical, fixture.Mtrr, features, quota: 100);
            Assert.Equal(frames >= 2, created);
            if (created)
            {
                TouchWithFewFrames(ref memory, fixture.Arena.Pool);
            }

            Assert.True(memory.Release());
            Assert.True(memory.Release());
            Assert.Equal(frames, fixture.Arena.Available);
        }
    }

    private static void TouchWithFewFrames(ref GuestMemory memory, FramePool* pool)
    {
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, default, 4 * Giga1));
        HashSet<(int, ulong)> tables = [];
        ulong[] touches = [0, Kilo4, Mega2, Mega2 + Kilo4, Giga1 - 1, Giga1, 3 * Giga1, 3 * Mega2, Giga1 + Kilo4];
        foreach (ulong address in touches)
        {
            uint available = pool->Available;
            uint page = address is >= Mega2 and < 2 * Mega2 or >= Giga1 ? 1u : 0;
            (int, ulong)[] needed = [(1, address >> 21), (2, address >> 30), (3, address >> 39)];
            uint missing = (uint)needed.Count(table => !tables.Contains(table));
            Resolution wanted = page > available ? Resolution.OutOfFrames
                : page + missing > available ? Resolution.TablesExhausted : Resolution.Mapped;
            Assert.Equal(wanted, memory.Resolve(new(address), PageRights.Write));
            Assert.Equal(wanted == Resolution.Mapped, memory.Table.Translate(address).IsMapped);
            Assert.Equal(wanted == Resolution.Mapped ? available - page - missing : available, pool->Available);
            if (wanted == Resolution.Mapped)
            {
                tables.UnionWith(needed);
            }
        }

        TableInvariants.Check(ref memory.Table, pool, FrameOwner.SecondLevelTable, PageLevel.Page1G, "");
    }
}
