// INVEPT against a processor that forgets nothing by itself: if tables that are stale are refreshed before every entry,
// no old translation is ever used, whatever was changed; without it, every change of what was mapped is caught.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class InvalidationTests
{
    private const ulong Kilo4 = 0x1000, Mega2 = 0x20_0000;
    private const ulong NoSingleContext = 1UL << 25, NoAllContexts = 1UL << 26;

    private static readonly PageAttributes s_all = new(PageRights.All, MemoryType.WriteBack);

    public enum Change
    {
        Unmap,
        UnmapAndMapElsewhere,
        UnmapAndMapTheSame,
        ProtectLess,
        ProtectMore,
        Split,
        Merge,
    }

    [Fact]
    public void RandomChangesWithInvalidation()
    {
        for (int seed = 0; seed < 150; seed++)
        {
            Random random = new(seed);
            using Arena arena = new(30);
            EptUser user = new(arena, EptUser.AllCapabilities & ~(random.Next(2) == 0 ? NoSingleContext : 0));
            PageTable first = EptTests.Create(arena), second = EptTests.Create(arena);
            for (int step = 0; step < 40; step++)
            {
                ref PageTable table = ref random.Next(2) == 0 ? ref first : ref second;
                Assert.Equal(VmxResult.Succeed, user.Refresh(ref table));
                Assert.False(table.IsStale);
                user.Verify(ref table);
                for (int i = 0; i < 30; i++)
                {
                    Touch(user, ref table, random);
                }

                RandomChange(ref table, random);
            }
        }
    }

    [Theory]
    [InlineData(Change.Unmap)]
    [InlineData(Change.UnmapAndMapElsewhere)]
    [InlineData(Change.UnmapAndMapTheSame)]
    [InlineData(Change.ProtectLess)]
    [InlineData(Change.ProtectMore)]
    [InlineData(Change.Split)]
    [InlineData(Change.Merge)]
    public void AForgottenInvalidationIsCaught(Change change)
    {
        using Arena arena = new(10);
        EptUser user = new(arena);
        PageTable table = EptTests.Create(arena);
        Assert.Equal(TableStatus.Done, table.Map(Mega2, 2 * Mega2, new(Mega2), s_all));
        Assert.Equal(TableStatus.Done, table.Protect(Mega2, Kilo4, PageRights.Read));
        Assert.Equal(TableStatus.Done, table.Protect(2 * Mega2, Mega2, PageRights.Read));
        Assert.Equal(VmxResult.Succeed, user.Refresh(ref table));
        Assert.True(user.Access(ref table, Mega2, Access.Read));
        Assert.True(user.Access(ref table, 2 * Mega2, Access.Read));
        Assert.True(user.Access(ref table, Mega2 + Kilo4, Access.Write));
        Assert.Equal(3, user.Tlb.GuestPhysicalMappings);
        user.Verify(ref table);
        Apply(change, user, ref table);
        Assert.True(table.IsStale);
        Assert.Throws<SoftCpuException>(() => user.Verify(ref table));
        Assert.Equal(VmxResult.Succeed, user.Refresh(ref table));
        Assert.Equal(0, user.Tlb.GuestPhysicalMappings);
        user.Verify(ref table);
    }

    // The second guest's root may take the frame of the first one's.
    [Fact]
    public void ANewGuestStartsWithAnInvalidation()
    {
        using GuestFixture fixture = new(8, 1);
        EptUser user = new(fixture.Arena);
        GuestMemory first = fixture.Create(), second;
        Assert.True(first.IsStale);
        Assert.Equal(VmxResult.Succeed, user.Refresh(ref first.Table));
        Assert.Equal(RegionStatus.Added, first.AddRegion(GuestRegionKind.Ram, fixture.Own(0), Kilo4));
        Assert.Equal(Resolution.Mapped, first.Resolve(fixture.Own(0), PageRights.Read));
        Assert.True(user.Access(ref first.Table, fixture.Own(0).Value, Access.Read));
        Hpa root = first.Table.Root;
        Assert.True(first.Release());
        Assert.True(fixture.Arena.Pool->TryAllocate(FrameOwner.Hypervisor, out _));
        second = fixture.Create();
        Assert.Equal(root.Value, second.Table.Root.Value);
        Assert.Throws<SoftCpuException>(() => user.Verify(ref second.Table));
        Assert.Equal(VmxResult.Succeed, user.Refresh(ref second.Table));
        user.Verify(ref second.Table);
    }

    [Fact]
    public void ARefusedInvalidationStaysDue()
    {
        using Arena arena = new(4);
        EptUser user = new(arena, EptUser.AllCapabilities & ~(NoSingleContext | NoAllContexts));
        PageTable table = EptTests.Create(arena);
        table.IsStale = true;
        Assert.Equal(VmxResult.FailInvalid, user.Refresh(ref table));
        Assert.True(table.IsStale);
    }

    private static void Touch(EptUser user, ref PageTable table, Random random)
    {
        Gpa address = new((ulong)random.Next(6 << 21));
        var access = (Access)(1 << random.Next(3));
        Translation wanted = table.Translate(address.Value);
        bool isAllowed = wanted.IsMapped && ((Access)wanted.Attributes.Rights & access) != 0;
        Assert.Equal(isAllowed, user.Access(ref table, address, access, out EptMapping mapping));
        if (isAllowed)
        {
            Assert.Equal(wanted.Address.Value, mapping.Translate(address.Value));
            Assert.Equal(wanted.Attributes.Type, mapping.Type);
        }
    }

    private static void RandomChange(ref PageTable table, Random random)
    {
        ulong unit = random.Next(2) == 0 ? Kilo4 : Mega2;
        ulong start = (ulong)random.Next((int)((6 << 21) / unit)) * unit;
        ulong length = Math.Min((ulong)random.Next(1, 4) * unit, (6 << 21) - start);
        switch (random.Next(6))
        {
            case 0 or 1:
                table.Map(start, length, new((ulong)random.Next(1 << 20) * unit), s_all);
                break;
            case 2:
                table.Unmap(start, length);
                break;
            case 3:
                table.Protect(start, length, random.Next(2) == 0 ? PageRights.Read : PageRights.All);
                break;
            case 4:
                table.TryMerge(start, random.Next(2, 4));
                break;
            default:
                for (ulong at = 0; at < 6 * Mega2; at += Mega2)
                {
                    table.TryMerge(at, PageLevel.Page2M);
                }

                break;
        }
    }

    private static void Apply(Change change, EptUser user, ref PageTable table)
    {
        switch (change)
        {
            case Change.Unmap:
                Assert.Equal(TableStatus.Done, table.Unmap(Mega2 + Kilo4, Kilo4));
                break;
            case Change.UnmapAndMapElsewhere:
                Assert.Equal(TableStatus.Done, table.Unmap(Mega2, Kilo4));
                PageAttributes read = new(PageRights.Read, MemoryType.WriteBack);
                Assert.Equal(TableStatus.Done, table.Map(Mega2, Kilo4, new(8 * Mega2), read));
                break;
            case Change.UnmapAndMapTheSame:
                Assert.Equal(TableStatus.Done, table.Unmap(Mega2 + Kilo4, Kilo4));
                Assert.Equal(TableStatus.Done, table.Map(Mega2 + Kilo4, Kilo4, new(Mega2 + Kilo4), s_all));
                break;
            case Change.ProtectLess:
                Assert.Equal(TableStatus.Done, table.Protect(Mega2 + Kilo4, Kilo4, PageRights.Read));
                break;
            case Change.ProtectMore:
                Assert.Equal(TableStatus.Done, table.Protect(Mega2, Kilo4, PageRights.All));
                break;
            case Change.Split:
                Assert.Equal(TableStatus.Done, table.Protect(2 * Mega2, Kilo4, PageRights.Read));
                Assert.Equal(PageLevel.Page4K, table.Translate(2 * Mega2).Level);
                break;
            default:
                Assert.Equal(TableStatus.Done, table.Protect(Mega2, Mega2, PageRights.ReadWrite));
                Assert.Equal(VmxResult.Succeed, user.Refresh(ref table));
                Assert.True(user.Access(ref table, Mega2 + Kilo4, Access.Write));
                Assert.True(table.TryMerge(Mega2, PageLevel.Page2M));
                break;
        }
    }
}
