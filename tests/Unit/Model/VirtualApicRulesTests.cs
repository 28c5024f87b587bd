// What the software processor does with a virtual-APIC page, against the manual's words. SDM 3C 31.1.3 PPR
// Virtualization, 31.1.4 EOI Virtualization, 31.1.5 Self-IPI Virtualization, 31.2 Evaluation and Delivery of Virtual
// Interrupts.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class VirtualApicRulesTests
{
    private const uint TaskPriority = 0x808, Priority = 0x80A, End = 0x80B, SelfIpi = 0x83F;
    private const uint Service = 0x100, Request = 0x200;

    private readonly GuestFixture _machine = new();
    private readonly Hpa _page;

    public VirtualApicRulesTests()
    {
        _page = _machine.Memory.AllocateZeroed(1);
        _machine.Set(PinControls.ExternalInterruptExiting);
        _machine.Set(PrimaryControls.UseTprShadow);
        _machine.Set(SecondaryControls.VirtualizeX2ApicMode | SecondaryControls.ApicRegisterVirtualization
            | SecondaryControls.VirtualInterruptDelivery);
        Vmcs.Write(Vmcs64.VirtualApicAddress, _page.Value);
        Vmcs.Write(Vmcs16.GuestInterruptStatus, 0);
        Vmcs.Write(Vmcs64.EoiExitBitmap0, 0);
        Vmcs.Write(Vmcs64.EoiExitBitmap1, 0);
        Vmcs.Write(Vmcs64.EoiExitBitmap2, 0);
        Vmcs.Write(Vmcs64.EoiExitBitmap3, 0);
        Vmcs.Write(VmcsNatural.GuestRflags, 0x202);
    }

    // A lower one waits for the end of a higher one, and so does one that the task priority holds back.
    [Fact]
    public void PrioritiesAreKept()
    {
        _machine.Guest.Then(guest =>
        {
            guest.Wrmsr(SelfIpi, 0x62);
            Assert.Equal(0x60ul, guest.Rdmsr(Priority));
            guest.Wrmsr(SelfIpi, 0x51);
            guest.Wrmsr(SelfIpi, 0x63);
            Assert.Single(guest.Events);
            guest.Wrmsr(TaskPriority, 0x5A);
            guest.Wrmsr(End, 0);
            Assert.Equal([0x62, 0x63], Vectors(guest));
            guest.Wrmsr(End, 0);
            Assert.Equal(0x5Aul, guest.Rdmsr(Priority));
            guest.MovToCr8(4);
            Assert.Equal([0x62, 0x63, 0x51], Vectors(guest));
            guest.TripleFault();
        });
        _machine.Expect(ExitReason.TripleFault);
        Assert.Equal(0x5100, Vmcs.Read(Vmcs16.GuestInterruptStatus));
        Assert.Equal(0x40u, _machine.Memory.Read<uint>(_page + 0x80));
    }

    // The exit comes behind the instruction, and before the next interrupt.
    [Fact]
    public void TheEndOfAChosenVectorExits()
    {
        Vmcs.Write(Vmcs64.EoiExitBitmap1, 1ul << (0x51 - 64));
        _machine.Guest.Then(guest =>
        {
            guest.Wrmsr(SelfIpi, 0x51);
            guest.Wrmsr(SelfIpi, 0x50);
            guest.Rip = 0x100;
            guest.Wrmsr(End, 0);
            Assert.Equal([0x51, 0x50], Vectors(guest));
            guest.Wrmsr(End, 0);
            guest.TripleFault();
        });
        _machine.Expect(ExitReason.VirtualizedEoi);
        Assert.Equal(0x51ul, _machine.Qualification);
        Assert.Equal(0x102ul, Vmcs.Read(VmcsNatural.GuestRip));
        Assert.Equal(0x0050, Vmcs.Read(Vmcs16.GuestInterruptStatus));
        _machine.Expect(ExitReason.TripleFault);
    }

    [Fact]
    public void AnIllegalVectorExits()
    {
        _machine.Guest.Then(guest => guest.Wrmsr(SelfIpi, 5)).Then(Exits.TripleFault());
        _machine.Expect(ExitReason.ApicWrite);
        Assert.Equal(0x3F0ul, _machine.Qualification);
        Assert.Equal(5u, _machine.Memory.Read<uint>(_page + 0x3F0));
        _machine.Expect(ExitReason.TripleFault);
    }

    // What waits at an entry comes before the first instruction; not while somebody wants the window, nor to one that
    // has halted.
    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(true, false, 0)]
    [InlineData(false, true, 0)]
    public void WhatWaitsIsDelivered(bool wantsWindow, bool hasHalted, int received)
    {
        _machine.Memory.Write(_page + Request + 0x20, 1u << 0x11);
        Vmcs.Write(Vmcs16.GuestInterruptStatus, 0x51);
        Vmcs.Write(Vmcs32.GuestActivityState, (uint)(hasHalted ? ActivityState.Hlt : ActivityState.Active));
        if (wantsWindow)
        {
            _machine.Set(PrimaryControls.InterruptWindowExiting);
        }

        _machine.Guest.Then(Exits.TripleFault());
        _machine.Expect(wantsWindow ? ExitReason.InterruptWindow : ExitReason.TripleFault);
        Assert.Equal(received, _machine.Guest.Events.Count);
        Assert.Equal(received == 0 ? 0 : 1u << 0x11, _machine.Memory.Read<uint>(_page + Service + 0x20));
    }

    [Theory]
    [InlineData(0x0051)]
    [InlineData(0x5100)]
    public void AStatusThatThePageDoesNotBearOutIsRefused(int status)
    {
        Vmcs.Write(Vmcs16.GuestInterruptStatus, (ushort)status);
        _machine.Guest.Then(Exits.TripleFault());
        Assert.Throws<SoftCpuException>(() => _machine.Enter());
    }

    private static int[] Vectors(ScriptedGuest guest) => [.. guest.Events.ConvertAll(received => (int)received.Vector)];
}
