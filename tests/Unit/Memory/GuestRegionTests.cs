// Laying out guest memory: what becomes identity and what a substitute, and which regions are refused.

using System.Collections.Generic;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class GuestRegionTests
{
    private const ulong Kilo4 = 0x1000, Mega2 = 0x20_0000, Giga1 = 0x4000_0000;

    [Fact]
    public void SubstitutesAreListedWithTheirReason()
    {
        using GuestFixture fixture = new(16, 0);
        PhysicalMap* physical = fixture.Physical;
        Assert.True(physical->TrySet(default, new(16 * Mega2), PhysicalKind.Usable));
        Assert.True(physical->TrySet(new(0xA_0000), new(0x10_0000), PhysicalKind.Unlisted));
        Assert.True(physical->TrySet(new(0x80_0000), new(0x80_8000), PhysicalKind.AcpiNvs));
        Assert.True(physical->TrySet(new(0x90_0000), new(0x91_0000), PhysicalKind.Hypervisor));
        MtrrMachine machine = new() { DefaultType = 6, Ranges = [(0x100_0000, 0x10_0000, MemoryType.WriteThrough)] };
        *fixture.Mtrr = machine.Build();
        GuestMemory memory = fixture.Create(100);
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, default, 0x110_0000));
        List<(ulong, ulong, GuestBacking, PhysicalKind)> extents = [];
        foreach (GuestExtent extent in memory.Extents)
        {
            extents.Add((extent.Start.Value, extent.End.Value, extent.Backing, extent.Host));
        }

        Assert.Equal(
            [
                (0UL, 0xA_0000UL, GuestBacking.Identity, PhysicalKind.Usable),
                (0xA_0000, 0x10_0000, GuestBacking.Substitute, PhysicalKind.Unlisted),
                (0x10_0000, 0x80_0000, GuestBacking.Identity, PhysicalKind.Usable),
                (0x80_0000, 0x80_8000, GuestBacking.Substitute, PhysicalKind.AcpiNvs),
                (0x80_8000, 0x90_0000, GuestBacking.Identity, PhysicalKind.Usable),
                (0x90_0000, 0x91_0000, GuestBacking.Substitute, PhysicalKind.Hypervisor),
                (0x91_0000, 0x100_0000, GuestBacking.Identity, PhysicalKind.Usable),
                (0x100_0000, 0x110_0000, GuestBacking.Identity, PhysicalKind.Usable),
            ],
            extents);
        Assert.Equal(Resolution.Mapped, memory.Resolve(new(0x80_7FFF), PageRights.Write));
        Assert.Equal(Resolution.Mapped, memory.Resolve(new(0x80_8000), PageRights.Write));
        Assert.Equal(Resolution.Mapped, memory.Resolve(new(0x100_0000), PageRights.Write));
        Assert.True(fixture.Arena.Has(memory.Table.Translate(0x80_7000).Address));
        Assert.Equal(0x80_8000UL, memory.Table.Translate(0x80_8000).Address.Value);
        Assert.Equal(MemoryType.WriteThrough, memory.Table.Translate(0x100_0000).Attributes.Type);
        Assert.Equal((2UL, 1UL), (GuestMemoryUse.Of(ref memory).Identity, GuestMemoryUse.Of(ref memory).Substituted));
        Assert.Equal(PhysicalKind.Lent, physical->RangeAt(default).Kind);
        Assert.True(memory.Release());
        Assert.Equal(PhysicalKind.Usable, physical->RangeAt(default).Kind);
        Assert.Equal(0UL, physical->Total(PhysicalKind.Lent));
        Assert.Equal(16u, fixture.Arena.Available);
    }

    [Fact]
    public void BadRegionsAreRefused()
    {
        using GuestFixture fixture = new(8, 0);
        GuestMemory memory = fixture.Create();
        const GuestRegionKind Ram = GuestRegionKind.Ram;
        Assert.Equal(RegionStatus.BadRange, memory.AddRegion(Ram, default, 0));
        Assert.Equal(RegionStatus.BadRange, memory.AddRegion(Ram, new(1), Kilo4));
        Assert.Equal(RegionStatus.BadRange, memory.AddRegion(Ram, default, 1));
        Assert.Equal(RegionStatus.BadRange, memory.AddRegion(Ram, new(1UL << 48), Kilo4));
        Assert.Equal(RegionStatus.BadRange, memory.AddRegion(Ram, new((1UL << 48) - Kilo4), 2 * Kilo4));
        Assert.Equal(RegionStatus.BadRange, memory.AddRegion(Ram, new(Kilo4), 0xFFFF_FFFF_FFFF_F000));
        Assert.Equal(RegionStatus.Added, memory.AddRegion(Ram, new(4 * Kilo4), 2 * Kilo4));
        Assert.Equal(RegionStatus.Overlap, memory.AddRegion(Ram, new(3 * Kilo4), 2 * Kilo4));
        Assert.Equal(RegionStatus.Overlap, memory.AddRegion(GuestRegionKind.Device, new(5 * Kilo4), Kilo4));
        Assert.Equal(RegionStatus.Overlap, memory.AddRegion(GuestRegionKind.Device, default, 100 * Kilo4));
        Assert.Equal(RegionStatus.Added, memory.AddRegion(Ram, new(3 * Kilo4), Kilo4));
        Assert.Equal(RegionStatus.Added, memory.AddRegion(Ram, new(6 * Kilo4), Kilo4));
        Assert.Equal(3, memory.Extents.Length);
    }

    // The list of extents is full: the region is refused, and none of its frames are lent.
    [Fact]
    public void MoreFragmentsThanExtents()
    {
        using GuestFixture fixture = new(8, 0);
        for (ulong page = 0; page < 220; page += 2)
        {
            Assert.True(fixture.Physical->TrySet(new(page * Kilo4), new((page + 1) * Kilo4), PhysicalKind.Usable));
        }

        GuestMemory memory = fixture.Create();
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, new(200 * Kilo4), 20 * Kilo4));
        Assert.Equal(RegionStatus.TooFragmented, memory.AddRegion(GuestRegionKind.Ram, default, 200 * Kilo4));
        Assert.Equal(20, memory.Extents.Length);
        Assert.Equal(10 * Kilo4, fixture.Physical->Total(PhysicalKind.Lent));
        Assert.Equal(100 * Kilo4, fixture.Physical->Total(PhysicalKind.Usable));
        Assert.True(memory.Release());
        Assert.Equal(110 * Kilo4, fixture.Physical->Total(PhysicalKind.Usable));
    }

    // The map of physical memory is full: lending the second part of the region fails, and the first is taken back.
    [Fact]
    public void MoreFragmentsThanPhysicalRanges()
    {
        using GuestFixture fixture = new(8, 0, mapBytes: 4 * sizeof(PhysicalRange));
        Assert.True(fixture.Physical->TrySet(default, new(4 * Kilo4), PhysicalKind.Usable));
        Assert.True(fixture.Physical->TrySet(new(5 * Kilo4), new(8 * Kilo4), PhysicalKind.Usable));
        GuestMemory memory = fixture.Create();
        Assert.Equal(RegionStatus.TooFragmented, memory.AddRegion(GuestRegionKind.Ram, new(Kilo4), 6 * Kilo4));
        Assert.Equal(0, memory.Extents.Length);
        Assert.Equal(Resolution.IllegalAddress, memory.Resolve(new(Kilo4), PageRights.Read));
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Device, new(Giga1), Kilo4));
        Assert.Equal(RegionStatus.TooFragmented, memory.AddRegion(GuestRegionKind.Ram, new(Kilo4), 6 * Kilo4));
        Assert.Equal(1, memory.Extents.Length);
        Assert.Equal(7 * Kilo4, fixture.Physical->Total(PhysicalKind.Usable));
        Assert.Equal(0UL, fixture.Physical->Total(PhysicalKind.Lent));
        Assert.Equal(Resolution.Device, memory.Resolve(new(Giga1), PageRights.Read));
        Assert.Equal(Resolution.IllegalAddress, memory.Resolve(new(Kilo4), PageRights.Read));
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, new(Kilo4), 3 * Kilo4));
        Assert.True(memory.Release());
        Assert.Equal(7 * Kilo4, fixture.Physical->Total(PhysicalKind.Usable));
    }
}
