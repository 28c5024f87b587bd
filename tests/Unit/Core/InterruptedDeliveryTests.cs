// Events whose delivery itself exits, for the page they need is not there yet: each is delivered once, whole, and an
// IRET that was cut short leaves NMIs blocked as it found them.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class InterruptedDeliveryTests
{
    // The delivery of an INT n meets a page that is not there yet: it happens once, with the length of its instruction.
    [Fact]
    public void AnInterruptedDeliveryIsInjectedOnce()
    {
        using var machine = new CoreMachine();
        machine.Guest.DeliveryStack = new Gpa(0x8000);
        machine.Guest.Then(guest =>
        {
            guest.Int(0x30);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        GuestEvent received = Assert.Single(machine.Guest.Events);
        Assert.Equal((0x8000_0430u, true, 0x1002ul), (received.Information, received.IsInjected, received.ReturnRip));
        Assert.Contains("events injected 1\n", machine.Log);
        Finished(machine);
    }

    [Fact]
    public void AnInterruptedExceptionKeepsItsErrorCodeInProtectedMode()
    {
        using var machine = new CoreMachine();
        machine.Config->Start.Mode = StartMode.Protected;
        machine.Guest.DeliveryStack = new Gpa(0x8000);
        machine.Guest.Then(guest =>
        {
            guest.Raise(ExceptionVector.GeneralProtection, 0x1234);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        GuestEvent received = Assert.Single(machine.Guest.Events);
        Assert.Equal((0x8000_0B0Du, 0x1234u, true), (received.Information, received.ErrorCode, received.IsInjected));
        Finished(machine);
    }

    // IRET had opened NMIs when its stack was missing: they are blocked again until it is done.
    [Fact]
    public void AnInterruptedIretBlocksNmisAgain()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            guest.Blocking |= InterruptibilityState.Nmi;
            guest.Iret(new Gpa(0x9000));
            Assert.Equal(0u, guest.Blocking);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        Finished(machine);

        using var again = new CoreMachine();
        bool wasBlocked = false;
        again.Guest.Then(guest =>
        {
            guest.Exit(Exits.EptViolation(new Gpa(0x9000), Access.Read) with { Qualification = 0x1181 });
            wasBlocked = (guest.Blocking & InterruptibilityState.Nmi) != 0;
            guest.Hlt();
        });
        Assert.True(again.Run(), again.Log);
        Assert.True(wasBlocked);
    }

    // The bit that says so is undefined where the exception came while an event was being delivered.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnUndefinedBitBlocksNoNmis(bool isDelivering)
    {
        using var machine = new CoreMachine();
        bool isBlocked = false;
        machine.Guest.Then(guest =>
        {
            guest.Exit(Exits.Exception((byte)ExceptionVector.AlignmentCheck, 0) with
            {
                Interruption = 0x8000_1B11,
                IdtVectoring = isDelivering ? 0x8000_0030 : null,
            });
            isBlocked = (guest.Blocking & InterruptibilityState.Nmi) != 0;
            guest.Rflags &= ~(ulong)Rflags.InterruptEnable;
            guest.Hlt();
        });
        machine.Run();
        Assert.Equal(!isDelivering, isBlocked);
    }

    private static void Finished(CoreMachine machine)
    {
        Assert.Contains("VT-x off\n", machine.Log);
        Assert.DoesNotContain("frames in the pool", machine.Log);
        Assert.Equal(machine.Machine->Frames.Total, machine.Machine->Frames.Available);
        Assert.Equal(0, machine.Processor.Vmx.Active);
        Assert.Equal(0ul, Cpu.ReadCr4() & (ulong)Cr4.VmxEnable);
    }
}
