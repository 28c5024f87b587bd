// Guest memory by property: random physical maps, regions and faults against a naive oracle that knows every page of
// both.

using System;
using System.Collections.Generic;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class GuestMemoryRandomTests
{
    private const int Pages = 64;

    [Fact]
    public void RandomFaults()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            using GuestFixture fixture = new((uint)random.Next(8, 50), Pages);
            uint frames = fixture.Arena.Available;
            PhysicalKind[] physical = RandomPhysicalMap(fixture, random);
            int quota = random.Next(2) == 0 ? 1000 : random.Next(20);
            GuestMemory memory = fixture.Create((ulong)quota);
            GuestRegionKind?[] regions = RandomRegions(ref memory, fixture, random);
            Run(ref memory, fixture, random, physical, regions, quota, $"seed {seed}");
            Assert.True(memory.Release());
            Assert.Equal(frames, fixture.Arena.Available);
            for (int page = 0; page < Pages; page++)
            {
                Assert.Equal(physical[page], fixture.Physical->RangeAt(new(fixture.Own((ulong)page).Value)).Kind);
            }
        }
    }

    private static void Run(
        ref GuestMemory memory,
        GuestFixture fixture,
        Random random,
        PhysicalKind[] physical,
        GuestRegionKind?[] regions,
        int quota,
        string what)
    {
        Dictionary<int, ulong> mapped = [];
        HashSet<ulong> used = [];
        for (int step = 0; step < 150; step++)
        {
            int page = random.Next(Pages);
            Gpa address = fixture.Own((ulong)page) + (ulong)random.Next(4096);
            PageRights access = (PageRights)(1 << random.Next(3));
            bool identity = physical[page] == PhysicalKind.Usable;
            uint available = fixture.Arena.Available;
            Resolution result = memory.Resolve(address, access);
            Resolution? wanted = regions[page] switch
            {
                null => Resolution.IllegalAddress,
                GuestRegionKind.Device => Resolution.Device,
                _ when mapped.ContainsKey(page) => Resolution.AlreadyMapped,
                _ when mapped.Count == quota => Resolution.QuotaExhausted,
                _ when !identity && available == 0 => Resolution.OutOfFrames,
                _ when available > 4 => Resolution.Mapped,
                _ => null,
            };
            bool either = wanted == null && result is Resolution.Mapped or Resolution.TablesExhausted;
            Assert.True(either || wanted == result, what);
            if (result == Resolution.Mapped)
            {
                ulong frame = memory.Table.Translate(address.Value).Address.Page.Value;
                Assert.True(used.Add(frame) && (frame == address.Page.Value) == identity, what);
                Assert.True(identity || fixture.Arena.Has(new(frame)), what);
                mapped[page] = frame;
                *(ulong*)frame = (ulong)page;
            }
        }

        CheckMapped(ref memory, fixture, mapped, what);
    }

    private static void CheckMapped(
        ref GuestMemory memory, GuestFixture fixture, Dictionary<int, ulong> mapped, string what)
    {
        foreach ((int page, ulong frame) in mapped)
        {
            Assert.True(memory.Table.Translate(fixture.Own((ulong)page).Value).Address.Value == frame, what);
            Assert.True(*(ulong*)frame == (ulong)page, what);
        }

        Assert.True(GuestMemoryUse.Of(ref memory).Pages == (ulong)mapped.Count, what);
        TableInvariants.Check(
            ref memory.Table, fixture.Arena.Pool, FrameOwner.SecondLevelTable, PageLevel.Page1G, what);
    }

    private static PhysicalKind[] RandomPhysicalMap(GuestFixture fixture, Random random)
    {
        PhysicalKind[] physical = new PhysicalKind[Pages];
        Array.Fill(physical, PhysicalKind.Usable);
        for (int i = random.Next(8); i > 0; i--)
        {
            int start = random.Next(Pages), end = random.Next(start, Pages) + 1;
            PhysicalKind kind = random.Next(2) == 0 ? PhysicalKind.AcpiNvs : PhysicalKind.Usable;
            Array.Fill(physical, kind, start, end - start);
            Assert.True(fixture.Physical->TrySet(
                new(fixture.Own((ulong)start).Value), new(fixture.Own((ulong)end).Value), kind));
        }

        return physical;
    }

    private static GuestRegionKind?[] RandomRegions(ref GuestMemory memory, GuestFixture fixture, Random random)
    {
        GuestRegionKind?[] regions = new GuestRegionKind?[Pages];
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            int start = random.Next(Pages), length = random.Next(1, Pages - start + 1);
            GuestRegionKind kind = (GuestRegionKind)Math.Max(0, random.Next(-4, 2));
            bool free = Array.TrueForAll(regions[start..(start + length)], region => region == null);
            RegionStatus status = memory.AddRegion(kind, fixture.Own((ulong)start), (ulong)length << 12);
            Assert.Equal(free ? RegionStatus.Added : RegionStatus.Overlap, status);
            if (free)
            {
                Array.Fill(regions, kind, start, length);
            }
        }

        return regions;
    }
}
