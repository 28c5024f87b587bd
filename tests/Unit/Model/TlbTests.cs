// What the processor remembers of translations, and what makes it forget: the tests that a forgotten INVEPT or INVVPID
// fails, because the guest sees memory that should be gone. SDM 3C 30.4 Caching Translation Information.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class TlbTests
{
    private const ulong Page = 0x5000;

    // What comes between a change of the tables and the next access.
    public enum Between
    {
        Nothing,
        InvEptSingle,
        InvEptAll,
        InvEptOfAnother,
        InvVpidAll,
        EntriesWithoutVpid,
    }

    [Theory]
    [InlineData(Between.Nothing, true)]
    [InlineData(Between.InvEptSingle, false)]
    [InlineData(Between.InvEptAll, false)]
    [InlineData(Between.InvEptOfAnother, true)]
    [InlineData(Between.InvVpidAll, true)]
    [InlineData(Between.EntriesWithoutVpid, true)]
    public void AChangedLeafStaysStale(object between, bool stale)
    {
        var machine = new GuestFixture();
        byte seen = ReadAfter(machine, (Between)between, () => machine.Ept.Map(Page, machine.Ram + 0x6000));
        Assert.Equal(stale ? 5 : 6, seen);
    }

    [Theory]
    [InlineData(Between.Nothing, true)]
    [InlineData(Between.InvEptSingle, false)]
    public void AnUnmappedPageStaysThere(object between, bool stale)
    {
        var machine = new GuestFixture();
        Prepare(machine);
        machine.Ept[Page, 12] = 0;
        Do(machine, (Between)between);
        machine.Expect(stale ? ExitReason.Vmcall : ExitReason.EptViolation);
    }

    [Theory]
    [InlineData(Between.Nothing, true)]
    [InlineData(Between.InvEptSingle, false)]
    public void WithdrawnRightsStayThere(object between, bool stale)
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Write8(new Gpa(Page), 1);
            guest.Vmcall();
            guest.Write8(new Gpa(Page), 2);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        machine.Advance();
        machine.Ept.Map(Page, machine.Ram + Page, Access.Read);
        Do(machine, (Between)between);
        machine.Expect(stale ? ExitReason.Vmcall : ExitReason.EptViolation);
    }

    // More rights need no INVEPT: a violation is what the tables say.
    [Fact]
    public void GrantedRightsAreSeenAtOnce()
    {
        var machine = new GuestFixture();
        machine.Ept.Map(Page, machine.Ram + Page, Access.Read);
        machine.Guest.Then(guest =>
        {
            guest.Read8(new Gpa(Page));
            guest.Vmcall();
            guest.Write8(new Gpa(Page), 2);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        machine.Advance();
        machine.Ept.Map(Page, machine.Ram + Page);
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(2, machine.Memory.Read<byte>(machine.Ram + Page));
    }

    // Tables are remembered too: pages that nobody has touched yet go through a table that is no longer there.
    [Theory]
    [InlineData(Between.Nothing, 6)]
    [InlineData(Between.InvEptSingle, 9)]
    public void AReplacedTableStaysStale(object between, int expected)
    {
        var machine = new GuestFixture();
        Prepare(machine, second: 0x6000);
        Hpa table = machine.Memory.AllocateZeroed(1);
        machine.Ept[0, 21] = table.Value | 7;
        machine.Ept.Map(0x6000, machine.Ram + 0x9000);
        Do(machine, (Between)between);
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal((byte)expected, (byte)machine.Registers.Rax);
    }

    // A large page is remembered whole: splitting it and moving a part needs INVEPT even for parts never touched.
    [Theory]
    [InlineData(Between.Nothing, 7)]
    [InlineData(Between.InvEptSingle, 9)]
    public void ASplitPageStaysWhole(object between, int expected)
    {
        var machine = new GuestFixture();
        const ulong large = 0x4000_0000;
        Hpa start = new(machine.Ram.Value & ~0x1F_FFFFul);
        ulong first = large + (machine.Ram - start);
        machine.Ept.Map(large, start, Access.All, 21);
        Fill(machine);
        machine.Guest.Then(guest =>
        {
            guest.Read8(new Gpa(first));
            guest.Vmcall();
            guest.Registers.Rax = guest.Read8(new Gpa(first + 0x7000));
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        machine.Advance();
        machine.Ept[large, 21] = 0;
        machine.Ept.Map(first + 0x7000, machine.Ram + 0x9000);
        Do(machine, (Between)between);
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal((byte)expected, (byte)machine.Registers.Rax);
    }

    // Dirty flags that were cleared without INVEPT are not set again: a write would be missed.
    [Theory]
    [InlineData(Between.Nothing, false)]
    [InlineData(Between.InvEptSingle, true)]
    public void AClearedDirtyFlagStaysClear(object between, bool isSet)
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Write8(new Gpa(Page), 1);
            guest.Vmcall();
            guest.Write8(new Gpa(Page), 2);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        machine.Advance();
        machine.Ept[Page, 12] &= ~0x300ul;
        Do(machine, (Between)between);
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(isSet ? 0x300ul : 0, machine.Ept[Page, 12] & 0x300);
    }

    // A read leaves the page clean in memory and in the processor: the first write still marks it.
    [Fact]
    public void AWriteAfterAReadSetsDirty()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Read8(new Gpa(Page));
            guest.Write8(new Gpa(Page), 1);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0x300ul, machine.Ept[Page, 12] & 0x300);
    }

    // A violation forgets what led to it, and only that.
    [Fact]
    public void AViolationForgets()
    {
        var machine = new GuestFixture();
        machine.Ept.Map(Page, machine.Ram + Page, Access.Read);
        machine.Guest.Then(guest =>
        {
            guest.Read8(new Gpa(Page));
            guest.Read8(new Gpa(0x6000));
            guest.Write8(new Gpa(Page), 1);
        });
        machine.Expect(ExitReason.EptViolation);
        Assert.Equal(1, machine.Processor.Vmx.Tlb.GuestPhysicalMappings);
    }

    // Remembered under the root: another guest's tables are another guest's.
    [Fact]
    public void RootsDoNotMix()
    {
        var machine = new GuestFixture();
        Prepare(machine);
        var other = new TestEpt(machine.Memory);
        other.Map(Page, machine.Ram + 0x8000);
        Vmcs.Write(Vmcs64.EptPointer, other.Pointer);
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(8, (byte)machine.Registers.Rax);
    }

    // Frame n of RAM starts with n.
    private static void Fill(GuestFixture machine)
    {
        for (uint i = 0; i < GuestFixture.RamFrames; i++)
        {
            machine.Memory.Write(machine.Ram + (i << 12), (byte)i);
        }
    }

    // The guest reads a page, calls, and reads the second one (the same, unless said) into RAX.
    private static void Prepare(GuestFixture machine, ulong second = Page)
    {
        Fill(machine);
        machine.Guest.Then(guest =>
        {
            Assert.Equal(Page >> 12, guest.Read8(new Gpa(Page)));
            guest.Vmcall();
            guest.Registers.Rax = guest.Read8(new Gpa(second));
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        machine.Advance();
    }

    private static byte ReadAfter(GuestFixture machine, Between between, System.Action change)
    {
        if (between == Between.EntriesWithoutVpid)
        {
            machine.Clear(SecondaryControls.EnableVpid);
        }

        Prepare(machine);
        change();
        Do(machine, between);
        machine.Expect(ExitReason.Vmcall);
        return (byte)machine.Registers.Rax;
    }

    private static void Do(GuestFixture machine, Between between)
    {
        switch (between)
        {
            case Between.InvEptSingle:
                VmxOperationTests.InvEpt(InvEptKind.SingleContext, machine.Ept.Pointer, 0);
                break;
            case Between.InvEptAll:
                VmxOperationTests.InvEpt(InvEptKind.AllContexts, 0, 0);
                break;
            case Between.InvEptOfAnother:
                VmxOperationTests.InvEpt(InvEptKind.SingleContext, machine.Ept.Pointer + 0x1000, 0);
                break;
            case Between.InvVpidAll:
                VmxOperationTests.InvVpid(InvVpidKind.AllContexts, 0, 0);
                break;
        }
    }
}
