// What the processor remembers of linear addresses: by VPID and PCID, until the guest or INVVPID says otherwise, and
// what EPT has to do with it. SDM 3C 30.4 Caching Translation Information.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class LinearTlbTests
{
    private const ulong Global = 0x100;

    // What the hypervisor does after it changed the guest's page tables behind its back.
    public enum Between
    {
        Nothing,
        InvVpidAddress,
        InvVpidOtherAddress,
        InvVpidAddressElsewhere,
        InvVpidContext,
        InvVpidOtherContext,
        InvVpidKeepingGlobals,
        InvVpidAll,
        InvEptSingle,
        AnotherVpid,
    }

    [Theory]
    [InlineData(Between.Nothing, false, true)]
    [InlineData(Between.InvVpidAddress, false, false)]
    [InlineData(Between.InvVpidOtherAddress, false, true)]
    [InlineData(Between.InvVpidAddressElsewhere, false, true)]
    [InlineData(Between.InvVpidContext, false, false)]
    [InlineData(Between.InvVpidOtherContext, false, true)]
    [InlineData(Between.InvVpidKeepingGlobals, false, false)]
    [InlineData(Between.InvVpidKeepingGlobals, true, true)]
    [InlineData(Between.InvVpidContext, true, false)]
    [InlineData(Between.InvVpidAddress, true, false)]
    [InlineData(Between.InvVpidAll, false, false)]
    [InlineData(Between.InvEptSingle, false, false)]
    [InlineData(Between.AnotherVpid, false, false)]
    public void AForgottenInvVpidIsSeen(object between, bool global, bool stale)
    {
        var guest = new PagingGuest();
        Vmcs.Write(VmcsNatural.GuestCr4, 0x20A0);
        guest.SetPage(0, 0x1007 | (global ? Global : 0));
        int seen = ReadAfter(guest, () => guest.SetPage(0, 0x4007), () => Do(guest, (Between)between));
        Assert.Equal(stale ? 1 : 4, seen);
    }

    // Without VPIDs every entry and exit forgets.
    [Fact]
    public void WithoutVpidEntriesForget()
    {
        var guest = new PagingGuest(new VmxMachine(Presets.NoVpid()));
        guest.Machine.Clear(SecondaryControls.EnableVpid);
        Assert.Equal(4, ReadAfter(guest, () => guest.SetPage(0, 0x4007), () => { }));
    }

    // A linear translation contains the EPT one: INVVPID does for EPT what a fresh walk can still find remembered.
    [Theory]
    [InlineData(Between.Nothing, 1)]
    [InlineData(Between.InvVpidAll, 1)]
    [InlineData(Between.InvEptSingle, 6)]
    public void AForgottenInvEptIsSeenByLinearAddressToo(object between, int expected)
    {
        var guest = new PagingGuest();
        void Move() => guest.Machine.Ept.Map(0x1000, guest.Machine.Ram + 0x6000);
        Assert.Equal(expected, ReadAfter(guest, Move, () => Do(guest, (Between)between)));
    }

    // What the guest itself does: INVLPG, MOV to CR3 and CR4 forget; writing a table alone does not.
    [Theory]
    [InlineData("nothing", false, true)]
    [InlineData("invlpg", false, false)]
    [InlineData("invlpg", true, false)]
    [InlineData("cr3", false, false)]
    [InlineData("cr3", true, true)]
    [InlineData("cr4", true, false)]
    public void TheGuestInvalidates(string how, bool global, bool stale)
    {
        var guest = new PagingGuest();
        Vmcs.Write(VmcsNatural.GuestCr4, 0x20A0);
        guest.Machine.Clear(PrimaryControls.Cr3LoadExiting | PrimaryControls.InvlpgExiting);
        guest.SetPage(0, 0x1007 | (global ? Global : 0));
        guest.Machine.Guest.Then(script =>
        {
            Assert.Equal(1, script.Read8(PagingGuest.Address(0)));
            guest.SetPage(0, 0x4007);
            Invalidate(script, how);
            Assert.Equal(stale ? 1 : 4, script.Read8(PagingGuest.Address(0)));
            script.Vmcall();
        });
        guest.Machine.Expect(ExitReason.Vmcall);
    }

    // A hypervisor that takes MOV to CR3 over has to do what MOV to CR3 does.
    [Theory]
    [InlineData(Between.Nothing, 1)]
    [InlineData(Between.InvVpidContext, 4)]
    public void AnEmulatedMovToCr3Invalidates(object between, int expected)
    {
        var guest = new PagingGuest();
        guest.Machine.Set(PrimaryControls.Cr3LoadExiting);
        guest.Machine.Guest.Then(script =>
        {
            script.Read8(PagingGuest.Address(0));
            guest.SetPage(0, 0x4007);
            script.MovToCr3(PagingGuest.Root);
            Assert.Equal(expected, script.Read8(PagingGuest.Address(0)));
            script.Vmcall();
        });
        guest.Machine.Expect(ExitReason.ControlRegisterAccess);
        Vmcs.Write(VmcsNatural.GuestCr3, guest.Machine.Registers.Rax);
        guest.Machine.Advance();
        Do(guest, (Between)between);
        guest.Machine.Expect(ExitReason.Vmcall);
    }

    [Fact]
    public void PcidsKeepTranslationsApart()
    {
        var guest = new PagingGuest();
        guest.Machine.Clear(PrimaryControls.Cr3LoadExiting);
        Vmcs.Write(VmcsNatural.GuestCr4, 0x2_2020);
        guest.Machine.Guest.Then(script =>
        {
            script.Read8(PagingGuest.Address(0));
            guest.SetPage(0, 0x4007);
            script.MovToCr3(PagingGuest.Root | 1);
            Assert.Equal(4, script.Read8(PagingGuest.Address(0)));
            script.MovToCr3(PagingGuest.Root | (1ul << 63));
            Assert.Equal(1, script.Read8(PagingGuest.Address(0)));
            script.MovToCr3(PagingGuest.Root);
            Assert.Equal(4, script.Read8(PagingGuest.Address(0)));
            script.Vmcall();
        });
        guest.Machine.Expect(ExitReason.Vmcall);
    }

    // A page that was mapped read-only is walked again for a write, and the fault forgets it.
    [Fact]
    public void ReadOnlyPagesAreWalkedAgain()
    {
        var guest = new PagingGuest();
        guest.SetPage(0, 0x1005);
        guest.Machine.Guest.Then(script =>
        {
            script.Read8(PagingGuest.Address(0));
            guest.SetPage(0, 0x4007);
            script.Write8(PagingGuest.Address(0), 9);
            script.Vmcall();
        });
        guest.Machine.Expect(ExitReason.Vmcall);
        Assert.Equal(9, guest.Machine.Memory.Read<byte>(guest.Machine.Ram + 0x4000));
    }

    private static void Invalidate(ScriptedGuest script, string how)
    {
        switch (how)
        {
            case "invlpg": script.Invlpg(PagingGuest.Address(0)); break;
            case "cr3": script.MovToCr3(PagingGuest.Root); break;
            case "cr4": script.MovToCr4(0x2020); break;
        }
    }

    private static void Do(PagingGuest guest, Between between)
    {
        ulong address = PagingGuest.Address(0).Value;
        switch (between)
        {
            case Between.InvVpidAddress: InvVpid(InvVpidKind.IndividualAddress, 1, address + 0x123); break;
            case Between.InvVpidOtherAddress: InvVpid(InvVpidKind.IndividualAddress, 1, address + 0x1000); break;
            case Between.InvVpidAddressElsewhere: InvVpid(InvVpidKind.IndividualAddress, 2, address); break;
            case Between.InvVpidContext: InvVpid(InvVpidKind.SingleContext, 1, 0); break;
            case Between.InvVpidOtherContext: InvVpid(InvVpidKind.SingleContext, 2, 0); break;
            case Between.InvVpidKeepingGlobals: InvVpid(InvVpidKind.SingleContextRetainingGlobals, 1, 0); break;
            case Between.InvVpidAll: InvVpid(InvVpidKind.AllContexts, 0, 0); break;
            case Between.AnotherVpid: Vmcs.Write(Vmcs16.VirtualProcessorId, 2); break;
            case Between.InvEptSingle:
                VmxOperationTests.InvEpt(InvEptKind.SingleContext, guest.Machine.Ept.Pointer, 0);
                break;
        }
    }

    private static void InvVpid(InvVpidKind kind, ulong vpid, ulong address) =>
        Assert.Equal(VmxResult.Succeed, VmxOperationTests.InvVpid(kind, vpid, address));

    // The guest reads a page, the hypervisor changes something and maybe invalidates, the guest reads again.
    private static int ReadAfter(PagingGuest guest, Action change, Action invalidate)
    {
        int seen = 0;
        guest.Machine.Guest.Then(script =>
        {
            Assert.Equal(1, script.Read8(PagingGuest.Address(0)));
            script.Vmcall();
            seen = script.Read8(PagingGuest.Address(0));
            script.Vmcall();
        });
        guest.Machine.Expect(ExitReason.Vmcall);
        guest.Machine.Advance();
        change();
        invalidate();
        guest.Machine.Expect(ExitReason.Vmcall);
        return seen;
    }
}
