// A guest's linear addresses: its own page tables, page faults, and EPT violations on the walk. SDM 3A Chapter 5
// Paging, SDM 3C 30.3.3.2 EPT Violations.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class PagingTests
{
    private const ulong ExecuteDisable = 1ul << 63;

    [Fact]
    public void LinearAddressesLeadThroughBothTables()
    {
        var guest = new PagingGuest();
        guest.Machine.Guest.Then(script =>
        {
            Assert.Equal(3, script.Read8(PagingGuest.Address(2)));
            script.Write64(PagingGuest.Address(1) + 0xFFC, 0x1122_3344_5566_7788);
            Assert.Equal(0x1122_3344_5566_7788ul, script.Read64(PagingGuest.Address(1) + 0xFFC));
            script.Vmcall();
        });
        guest.Machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0x5566_7788u, guest.Machine.Memory.Read<uint>(guest.Machine.Ram + 0x2FFC));
        Assert.Equal(0x1122_3344u, guest.Machine.Memory.Read<uint>(guest.Machine.Ram + 0x3000));
        Assert.Equal((0x1027ul, 0x2067ul), (guest.Entry(PagingGuest.Slot(0)) | 0x20, guest.Entry(PagingGuest.Slot(1))));
        Assert.Equal(0x20ul, guest.Entry(PagingGuest.Table3) & 0x60);
    }

    // The error code says what was tried; the exit, where. Supervisor writes respect CR0.WP, fetches EFER.NXE.
    [Theory]
    [InlineData(0x1006ul, Access.Read, 0u)]
    [InlineData(0x1006ul, Access.Write, 2u)]
    [InlineData(0x1005ul, Access.Write, 3u)]
    [InlineData(0x1006ul, Access.Execute, 0x10u)]
    [InlineData(0x1007ul | ExecuteDisable, Access.Execute, 0x11u)]
    [InlineData(0x1007ul | (1ul << 50), Access.Read, 9u)]
    public void PageFaults(ulong entry, object access, uint code)
    {
        var guest = new PagingGuest();
        guest.SetPage(0, entry);
        Vmcs.Write(Vmcs32.ExceptionBitmap, 1u << 14);
        guest.Machine.Guest.Then(script => Touch(script, PagingGuest.Address(0) + 5, (Access)access))
            .Then(Exits.TripleFault());
        guest.Machine.Expect(ExitReason.ExceptionOrNmi);
        Assert.Equal(code, Vmcs.Read(VmcsReadOnly32.ExitInterruptionErrorCode));
        Assert.Equal(PagingGuest.Linear + 5, guest.Machine.Qualification);

        // B3 (b): mended, it is tried again.
        guest.SetPage(0, 0x1007);
        guest.Machine.Expect(ExitReason.TripleFault);
    }

    [Fact]
    public void ThePageFaultHandlerMends()
    {
        var guest = new PagingGuest();
        guest.SetPage(3, 0);
        guest.Machine.Guest.Handler = (script, received) =>
        {
            Assert.Equal((14, 2u), (received.Vector, received.ErrorCode ?? 0));
            Assert.Equal(PagingGuest.Address(3).Value, guest.Machine.Processor.Cr2);
            guest.SetPage(3, 0x4007);
        };
        guest.Machine.Guest.Then(script => script.Write8(PagingGuest.Address(3), 0x77)).Then(Exits.TripleFault());
        guest.Machine.Expect(ExitReason.TripleFault);
        Assert.Single(guest.Machine.Guest.Events);
        Assert.Equal(0x77, guest.Machine.Memory.Read<byte>(guest.Machine.Ram + 0x4000));
    }

    [Fact]
    public void APageFaultWithoutHandlerIsTheScripts()
    {
        var guest = new PagingGuest();
        guest.SetPage(0, 0);
        guest.Machine.Guest.Then(script =>
        {
            Assert.Equal(0u, script.Faults(ExceptionVector.PageFault, () => script.Read8(PagingGuest.Address(0))));
            script.Vmcall();
        });
        guest.Machine.Expect(ExitReason.Vmcall);
    }

    // With accessed and dirty flags on, the walk itself counts as a write.
    [Theory]
    [InlineData(true, Access.None, 0x83ul)]
    [InlineData(true, Access.Read, 0x8Bul)]
    [InlineData(false, Access.None, 0x81ul)]
    public void ViolationsOnTheWalk(bool marks, object allowed, ulong qualification)
    {
        var guest = new PagingGuest();
        Vmcs.Write(Vmcs64.EptPointer, marks ? guest.Machine.Ept.Pointer : guest.Machine.Ept.Pointer & ~0x40ul);
        guest.Machine.Ept.Map(PagingGuest.Table1, guest.Machine.Ram + PagingGuest.Table1, (Access)allowed);
        if ((Access)allowed == Access.None)
        {
            guest.Machine.Ept[PagingGuest.Table1, 12] = 0;
        }

        guest.Machine.Guest.Then(script => script.Read8(PagingGuest.Address(1) + 9)).Then(Exits.TripleFault());
        guest.Machine.Expect(ExitReason.EptViolation);
        Assert.Equal(qualification, guest.Machine.Qualification);
        Assert.Equal(PagingGuest.Slot(1), Vmcs.Read(VmcsReadOnly64.GuestPhysicalAddress));
        Assert.Equal(PagingGuest.Address(1).Value + 9, Vmcs.Read(VmcsReadOnlyNatural.GuestLinearAddress));
        guest.Machine.Ept.Map(PagingGuest.Table1, guest.Machine.Ram + PagingGuest.Table1);
        guest.Machine.Expect(ExitReason.TripleFault);
    }

    // Without them it is a read, until a flag of the guest's own has to be set.
    [Fact]
    public void SettingAGuestsFlagWrites()
    {
        var guest = new PagingGuest();
        Vmcs.Write(Vmcs64.EptPointer, guest.Machine.Ept.Pointer & ~0x40ul);
        guest.Machine.Ept.Map(PagingGuest.Table1, guest.Machine.Ram + PagingGuest.Table1, Access.Read);
        guest.Machine.Guest.Then(script => script.Read8(PagingGuest.Address(1)));
        guest.Machine.Expect(ExitReason.EptViolation);
        Assert.Equal((0x8Aul, PagingGuest.Slot(1)), (
            guest.Machine.Qualification, Vmcs.Read(VmcsReadOnly64.GuestPhysicalAddress)));
    }

    [Fact]
    public void ViolationsOfThePageItself()
    {
        var guest = new PagingGuest();
        guest.Machine.Ept.Map(0x2000, guest.Machine.Ram + 0x2000, Access.Read);
        guest.Machine.Guest.Then(script => script.Write8(PagingGuest.Address(1) + 9, 1));
        guest.Machine.Expect(ExitReason.EptViolation);
        Assert.Equal((0x18Aul, 0x2009ul), (
            guest.Machine.Qualification, Vmcs.Read(VmcsReadOnly64.GuestPhysicalAddress)));
        Assert.Equal(PagingGuest.Address(1).Value + 9, Vmcs.Read(VmcsReadOnlyNatural.GuestLinearAddress));
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    public void SupervisorAccessPrevention(bool smap, bool alignmentCheck, bool allowed)
    {
        var guest = new PagingGuest();
        Vmcs.Write(VmcsNatural.GuestCr4, 0x2020 | (smap ? 1ul << 21 : 0));
        Vmcs.Write(VmcsNatural.GuestRflags, alignmentCheck ? 0x4_0002ul : 2);
        Vmcs.Write(Vmcs32.ExceptionBitmap, 1u << 14);
        guest.Machine.Guest.Then(script => script.Read8(PagingGuest.Address(0))).Then(Exits.TripleFault());
        guest.Machine.Expect(allowed ? ExitReason.TripleFault : ExitReason.ExceptionOrNmi);
    }

    // 32-bit paging with a large page, and PAE paging whose root stands in the VMCS.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OlderModes(bool pae)
    {
        var machine = new GuestFixture(pae ? GoodVmcs.Pae32() : GoodVmcs.Protected32());
        Vmcs.Write(VmcsNatural.GuestCr0, 0x8001_0031);
        Vmcs.Write(VmcsNatural.GuestCr3, 0x8000);
        Vmcs.Write(VmcsNatural.GuestCr4, pae ? 0x2020ul : 0x2010);
        Vmcs.Write(Vmcs64.GuestPdpte1, 0x9001);
        if (pae)
        {
            machine.Memory.Write(machine.Ram + 0x9000, 0xA007ul);
            machine.Memory.Write(machine.Ram + 0xA000 + (5 * 8), 0x3007ul);
        }
        else
        {
            machine.Memory.Write(machine.Ram + 0x8000 + (0x100 * 4), 0x87u);
        }

        machine.Memory.Write(machine.Ram + (pae ? 0x3123u : 0x5123u), (byte)0x99);
        machine.Guest.Then(script =>
        {
            Assert.Equal(0x99, script.Read8(new Gva(0x4000_5123)));
            script.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
    }

    private static void Touch(ScriptedGuest guest, Gva address, Access access)
    {
        switch (access)
        {
            case Access.Read: guest.Read8(address); break;
            case Access.Write: guest.Write8(address, 1); break;
            default: guest.Fetch(address); break;
        }
    }
}
