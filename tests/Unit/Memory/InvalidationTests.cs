// INVEPT against a processor that forgets nothing by itself: with InvalidateIfDue before every entry no stale
// translation is ever used, whatever was changed; without it, every change of what was mapped is caught.

using System;
using MinusOne.Hv;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;
using MinusOne.Tests.Unit.SoftCpu;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class InvalidationTests
{
    private const ulong Kilo4 = 0x1000, Mega2 = 0x20_0000;
    private const ulong NoSingleContext = 1UL << 25;

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
            EptTlb tlb = new();
            Cpu.Soft = new SoftProcessor { EptTlb = tlb };
            using Arena arena = new(30);
            Ept first = EptTests.Create(arena, EptTests.AllCapabilities);
            ulong missing = random.Next(2) == 0 ? NoSingleContext : 0;
            Ept second = EptTests.Create(arena, EptTests.AllCapabilities & ~missing);
            for (int step = 0; step < 40; step++)
            {
                ref Ept ept = ref random.Next(2) == 0 ? ref first : ref second;
                Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
                Assert.False(ept.NeedsInvalidation);
                tlb.Verify(ept.Pointer);
                for (int i = 0; i < 30; i++)
                {
                    Touch(tlb, ref ept, random);
                }

                RandomChange(ref ept, random);
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
        EptTlb tlb = new();
        Cpu.Soft = new SoftProcessor { EptTlb = tlb };
        using Arena arena = new(10);
        Ept ept = EptTests.Create(arena, EptTests.AllCapabilities);
        Assert.True(ept.NeedsInvalidation);
        Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
        Assert.Equal(TableStatus.Done, ept.Map(new(Mega2), 2 * Mega2, new(Mega2), s_all));
        Assert.Equal(TableStatus.Done, ept.Split(new(Mega2), Mega2, PageLevel.Page4K));
        Assert.Equal(TableStatus.Done, ept.Protect(new(Mega2), Kilo4, PageRights.Read));
        Assert.Equal(TableStatus.Done, ept.Protect(new(2 * Mega2), Mega2, PageRights.Read));
        Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
        tlb.Access(ept.Pointer, new(Mega2), PageRights.Read);
        tlb.Access(ept.Pointer, new(2 * Mega2), PageRights.Read);
        Assert.Equal(EptOutcome.Translated, tlb.Access(ept.Pointer, new(Mega2 + Kilo4), PageRights.Write).Outcome);
        Assert.Equal(3, tlb.Remembered);
        tlb.Verify(ept.Pointer);
        int before = tlb.Invalidations;
        Apply(change, ref ept);
        Assert.True(ept.NeedsInvalidation);
        Assert.Throws<InvalidOperationException>(() => tlb.Verify(ept.Pointer));
        Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
        tlb.Verify(ept.Pointer);
        int after = tlb.Invalidations;
        Assert.True(after > before);
        Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
        Assert.Equal(after, tlb.Invalidations);
    }

    // The second guest's root may take the frame of the first one's.
    [Fact]
    public void ANewGuestStartsWithAnInvalidation()
    {
        EptTlb tlb = new();
        Cpu.Soft = new SoftProcessor { EptTlb = tlb };
        using Arena arena = new(4);
        Ept first = EptTests.Create(arena, EptTests.AllCapabilities);
        Assert.Equal(VmxResult.Succeed, first.InvalidateIfDue());
        Assert.Equal(TableStatus.Done, first.Map(default, Kilo4, new(Mega2), s_all));
        tlb.Access(first.Pointer, default, PageRights.Read);
        first.Release();
        Ept second = EptTests.Create(arena, EptTests.AllCapabilities);
        Assert.Equal(first.Pointer.Raw, second.Pointer.Raw);
        Assert.Throws<InvalidOperationException>(() => tlb.Verify(second.Pointer));
        Assert.Equal(VmxResult.Succeed, second.InvalidateIfDue());
        tlb.Verify(second.Pointer);
    }

    [Fact]
    public void ARefusedInvalidationStaysDue()
    {
        Cpu.Soft = new SoftProcessor { EptTlb = new EptTlb { Refuses = true } };
        using Arena arena = new(4);
        Ept ept = EptTests.Create(arena, EptTests.AllCapabilities);
        Assert.Equal(VmxResult.FailValid, ept.InvalidateIfDue());
        Assert.True(ept.NeedsInvalidation);
    }

    private static void Touch(EptTlb tlb, ref Ept ept, Random random)
    {
        Gpa address = new((ulong)random.Next(6 << 21));
        PageRights access = (PageRights)(1 << random.Next(3));
        Translation wanted = ept.Translate(address);
        EptWalk walk = tlb.Access(ept.Pointer, address, access);
        bool allowed = wanted.IsMapped && (wanted.Attributes.Rights & access) != 0;
        Assert.Equal(allowed ? EptOutcome.Translated : EptOutcome.Violation, walk.Outcome);
        if (allowed)
        {
            Assert.Equal(wanted.Address.Page.Value, walk.Frame.Value);
            Assert.Equal(wanted.Attributes.Type, walk.Type);
        }
    }

    private static void RandomChange(ref Ept ept, Random random)
    {
        ulong unit = random.Next(2) == 0 ? Kilo4 : Mega2;
        Gpa start = new((ulong)random.Next((int)((6 << 21) / unit)) * unit);
        ulong length = Math.Min((ulong)random.Next(1, 4) * unit, (6 << 21) - start.Value);
        switch (random.Next(6))
        {
            case 0 or 1:
                ept.Map(start, length, new((ulong)random.Next(1 << 20) * unit), s_all);
                break;
            case 2:
                ept.Unmap(start, length);
                break;
            case 3:
                ept.Protect(start, length, random.Next(2) == 0 ? PageRights.Read : PageRights.All);
                break;
            case 4:
                ept.Split(start, length, random.Next(1, 3));
                break;
            default:
                ept.Merge(default, 6 << 21);
                break;
        }
    }

    private static void Apply(Change change, ref Ept ept)
    {
        switch (change)
        {
            case Change.Unmap:
                Assert.Equal(TableStatus.Done, ept.Unmap(new(Mega2 + Kilo4), Kilo4));
                break;
            case Change.UnmapAndMapElsewhere:
                Assert.Equal(TableStatus.Done, ept.Unmap(new(Mega2), Kilo4));
                PageAttributes read = new(PageRights.Read, MemoryType.WriteBack);
                Assert.Equal(TableStatus.Done, ept.Map(new(Mega2), Kilo4, new(8 * Mega2), read));
                break;
            case Change.UnmapAndMapTheSame:
                Assert.Equal(TableStatus.Done, ept.Unmap(new(Mega2 + Kilo4), Kilo4));
                Assert.Equal(TableStatus.Done, ept.Map(new(Mega2 + Kilo4), Kilo4, new(Mega2 + Kilo4), s_all));
                break;
            case Change.ProtectLess:
                Assert.Equal(TableStatus.Done, ept.Protect(new(Mega2 + Kilo4), Kilo4, PageRights.Read));
                break;
            case Change.ProtectMore:
                Assert.Equal(TableStatus.Done, ept.Protect(new(Mega2), Kilo4, PageRights.All));
                break;
            case Change.Split:
                Assert.Equal(TableStatus.Done, ept.Split(new(2 * Mega2), Mega2, PageLevel.Page4K));
                break;
            default:
                Assert.Equal(TableStatus.Done, ept.Protect(new(Mega2), Mega2, PageRights.ReadWrite));
                Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
                Cpu.Soft.EptTlb.Access(ept.Pointer, new(Mega2 + Kilo4), PageRights.Write);
                Assert.Equal(TableStatus.Done, ept.Merge(new(Mega2), Mega2));
                break;
        }
    }
}
