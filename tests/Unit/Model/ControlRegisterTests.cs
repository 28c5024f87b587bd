// CR0 and CR4 of a guest: masks and shadows, CLTS and LMSW, targets of CR3. SDM 3C 26.6.6 Guest/Host Masks and Read
// Shadows for CR0 and CR4.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class ControlRegisterTests
{
    // Only bit 31 is the hypervisor's (A11): everything else goes straight through.
    [Theory]
    [InlineData(0x39ul, false)]
    [InlineData(0x8000_0039ul, true)]
    public void OnlyOwnedBitsExit(ulong value, bool exits)
    {
        var machine = new GuestFixture(GoodVmcs.Protected32());
        Vmcs.Write(VmcsNatural.Cr0GuestHostMask, 1u << 31);
        Vmcs.Write(VmcsNatural.Cr0ReadShadow, 0);
        machine.Guest.Then(guest => guest.MovToCr0(value, 2)).Then(Exits.TripleFault());
        machine.Expect(exits ? ExitReason.ControlRegisterAccess : ExitReason.TripleFault);
        Assert.Equal(exits ? 0x31ul : 0x39, Vmcs.Read(VmcsNatural.GuestCr0));
        if (exits)
        {
            Assert.Equal((3u, 0x200ul), (machine.Length, machine.Qualification));
            Assert.Equal(value, machine.Registers.Rdx);
        }
    }

    // What counts is the shadow, not the register; and reading mixes both.
    [Fact]
    public void TheShadowDecides()
    {
        var machine = new GuestFixture(GoodVmcs.Protected32());
        Vmcs.Write(VmcsNatural.Cr0GuestHostMask, 0x8000_0020);
        Vmcs.Write(VmcsNatural.Cr0ReadShadow, 0x8000_0000);
        Vmcs.Write(VmcsNatural.Cr4GuestHostMask, 0x2000);
        Vmcs.Write(VmcsNatural.Cr4ReadShadow, 0);
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0x8000_0011ul, guest.MovFromCr0());
            guest.MovToCr0(0x8000_0013);
            Assert.Equal(0x8000_0013ul, guest.MovFromCr0());
            Assert.Equal(0ul, guest.MovFromCr4());
            guest.MovToCr4(0x10);
            Assert.Equal(0x10ul, guest.MovFromCr4());
            guest.MovToCr4(0x2010);
        });
        machine.Expect(ExitReason.ControlRegisterAccess);
        Assert.Equal(4ul, machine.Qualification);
        Assert.Equal((0x33ul, 0x2010ul), (Vmcs.Read(VmcsNatural.GuestCr0), Vmcs.Read(VmcsNatural.GuestCr4)));
    }

    // Fixed bits hold for the guest too; an unrestricted one may clear PE and PG.
    [Fact]
    public void FixedBitsFault()
    {
        var machine = new GuestFixture(GoodVmcs.Protected32());
        machine.Guest.Then(guest =>
        {
            guest.Faults(ExceptionVector.GeneralProtection, () => guest.MovToCr0(0x11));
            guest.Faults(ExceptionVector.GeneralProtection, () => guest.MovToCr4(0));
            guest.MovToCr0(0x30);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0x30ul, Vmcs.Read(VmcsNatural.GuestCr0));
    }

    [Fact]
    public void LongModeNeedsPae()
    {
        var machine = new GuestFixture(GoodVmcs.Protected32());
        machine.Guest.Then(guest =>
        {
            guest.Wrmsr((uint)Msr.Efer, 0x100);
            guest.Faults(ExceptionVector.GeneralProtection, () => guest.MovToCr0(0x8000_0031));
            guest.MovToCr4(0x2020);
            guest.MovToCr0(0x8000_0031);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
    }

    [Theory]
    [InlineData(0ul, 0ul, true, false)]
    [InlineData(8ul, 8ul, false, true)]
    [InlineData(8ul, 0ul, false, false)]
    public void Clts(ulong mask, ulong shadow, bool clears, bool exits)
    {
        var machine = new GuestFixture(GoodVmcs.Protected32());
        Vmcs.Write(VmcsNatural.GuestCr0, 0x39);
        Vmcs.Write(VmcsNatural.Cr0GuestHostMask, mask);
        Vmcs.Write(VmcsNatural.Cr0ReadShadow, shadow);
        machine.Guest.Then(guest => guest.Clts()).Then(Exits.TripleFault());
        machine.Expect(exits ? ExitReason.ControlRegisterAccess : ExitReason.TripleFault);
        Assert.Equal(clears ? 0x31ul : 0x39, Vmcs.Read(VmcsNatural.GuestCr0));
        Assert.Equal(exits ? 0x20ul : 0, machine.Qualification);
    }

    // LMSW cannot clear PE, so a shadow with PE set never makes it exit for that bit.
    [Theory]
    [InlineData(1ul, 0ul, 1, true)]
    [InlineData(1ul, 1ul, 0, false)]
    [InlineData(1ul, 1ul, 1, false)]
    [InlineData(8ul, 0ul, 8, true)]
    [InlineData(8ul, 8ul, 8, false)]
    [InlineData(0x20ul, 0ul, 0xFFF0, false)]
    [InlineData(0ul, 0ul, 0xF, false)]
    public void Lmsw(ulong mask, ulong shadow, int source, bool exits)
    {
        var machine = new GuestFixture(GoodVmcs.Protected32());
        Vmcs.Write(VmcsNatural.Cr0GuestHostMask, mask);
        Vmcs.Write(VmcsNatural.Cr0ReadShadow, shadow);
        machine.Guest.Then(guest => guest.Lmsw((ushort)source)).Then(Exits.TripleFault());
        machine.Expect(exits ? ExitReason.ControlRegisterAccess : ExitReason.TripleFault);
        Assert.Equal(exits ? ((ulong)(uint)source << 16) | 0x30 : 0, machine.Qualification);
        ulong expected = exits ? 0x31 : 0x31 | ((uint)source & 0xEul & ~mask);
        Assert.Equal(expected, Vmcs.Read(VmcsNatural.GuestCr0));
    }

    [Fact]
    public void Cr3TargetsDoNotExit()
    {
        var machine = new GuestFixture(GoodVmcs.Long64());
        machine.Set(PrimaryControls.Cr3LoadExiting);
        Vmcs.Write(VmcsNatural.Cr3Target0, 0x4000);
        Vmcs.Write(VmcsNatural.Cr3Target1, 0x5000);
        Vmcs.Write(Vmcs32.Cr3TargetCount, 1);
        machine.Guest.Then(guest =>
        {
            guest.MovToCr3(0x4000);
            guest.MovToCr3(0x5000);
        });
        machine.Expect(ExitReason.ControlRegisterAccess);
        Assert.Equal((0x4000ul, 0x5000ul), (Vmcs.Read(VmcsNatural.GuestCr3), machine.Registers.Rax));
    }
}
