// Events of a scripted guest: injection, windows, blocking, interrupts from outside. SDM 3C 28.6 Event Injection.

using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class EventTests
{
    private const uint Valid = 1u << 31;

    [Fact]
    public void AnInterruptIsDeliveredOnceAndReturns()
    {
        var machine = new GuestFixture();
        Vmcs.Write(VmcsNatural.GuestRflags, 0x202);
        GuestFixture.Inject(0x8000_0020);
        ulong inside = 0;
        machine.Guest.Handler = (guest, _) => inside = guest.Rflags;
        machine.Guest.Then(guest => guest.Vmcall()).Then(Exits.Hlt());
        machine.Expect(ExitReason.Vmcall);
        GuestEvent received = Assert.Single(machine.Guest.Events);
        Assert.Equal((0x20, true, 0x202ul), (received.Vector, received.IsInjected, received.Rflags));
        Assert.Equal((2ul, 0x202ul), (inside, Vmcs.Read(VmcsNatural.GuestRflags)));
        Assert.Equal(0u, Vmcs.Read(Vmcs32.EntryInterruptionInformation) & Valid);
        machine.Advance();
        machine.Expect(ExitReason.Hlt);
        Assert.Single(machine.Guest.Events);
    }

    // A handler is a guest like any other: it exits, and is entered again.
    [Fact]
    public void HandlersMayExit()
    {
        var machine = new GuestFixture();
        machine.Guest.Handler = (guest, _) => guest.Cpuid(7);
        machine.Guest.Then(guest =>
        {
            guest.Int(0x80);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Cpuid);
        Assert.Equal(0x7C02ul, Vmcs.Read(VmcsNatural.GuestRip));
        machine.Advance();
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0x7C02ul, Vmcs.Read(VmcsNatural.GuestRip));
        Assert.Equal(0x8000_0480u, Assert.Single(machine.Guest.Events).Information);
    }

    [Fact]
    public void AnInjectedSoftwareInterruptReturnsBehindItself()
    {
        var machine = new GuestFixture();
        Vmcs.Write(Vmcs32.EntryInstructionLength, 2);
        GuestFixture.Inject(0x8000_0480);
        machine.Guest.Then(guest => guest.Vmcall());
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0x7C02ul, Vmcs.Read(VmcsNatural.GuestRip));
    }

    [Theory]
    [InlineData(2ul, 0x8000_0020u)] // IF clear
    [InlineData(0x202ul, 0x8000_0120u)] // reserved type
    [InlineData(0x202ul, 0x8000_0203u)] // NMI with vector 3
    public void TheAuditorJudgesInjection(ulong rflags, uint information)
    {
        var machine = new GuestFixture();
        Vmcs.Write(VmcsNatural.GuestRflags, rflags);
        GuestFixture.Inject(information);
        Assert.True(machine.TryEnter() != VmxResult.Succeed || Vmcs.Read(VmcsReadOnly32.ExitReason) == 0x8000_0021);
        Assert.NotNull(machine.Processor.Vmx.Refusal);
    }

    [Fact]
    public void TheInterruptWindowOpensWithIf()
    {
        var machine = new GuestFixture();
        machine.Set(PrimaryControls.InterruptWindowExiting);
        machine.Guest.Then(guest =>
        {
            guest.Nop();
            guest.Sti();
            guest.Nop(3);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.InterruptWindow);

        // RIP is behind the instruction that follows STI.
        Assert.Equal((0x7C05ul, 0u), (Vmcs.Read(VmcsNatural.GuestRip), Vmcs.Read(Vmcs32.GuestInterruptibilityState)));
        Assert.Equal(Poison.Of(0x440C), machine.Length);
        machine.Expect(ExitReason.InterruptWindow);
        machine.Clear(PrimaryControls.InterruptWindowExiting);
        GuestFixture.Inject(0x8000_0033);
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0x33, Assert.Single(machine.Guest.Events).Vector);
    }

    [Fact]
    public void MovSsBlocksForOneInstruction()
    {
        var machine = new GuestFixture();
        Vmcs.Write(VmcsNatural.GuestRflags, 0x202);
        machine.Clear(PinControls.ExternalInterruptExiting);
        machine.Guest.Then(guest =>
        {
            guest.MovSs();
            guest.Interrupt(0x40);
            Assert.Empty(guest.Events);
            guest.Nop();
            Assert.Equal(0x7C03ul, Assert.Single(guest.Events).ReturnRip);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
    }

    [Fact]
    public void AnInjectedNmiBlocksTheNextUntilIret()
    {
        var machine = new GuestFixture();
        machine.Set(PrimaryControls.NmiWindowExiting);
        GuestFixture.Inject(0x8000_0202);
        machine.Guest.Handler = (guest, _) =>
        {
            Assert.Equal(InterruptibilityState.Nmi, guest.Blocking);
            guest.Cpuid(0);
        };
        machine.Guest.Then(guest => guest.Vmcall());
        machine.Expect(ExitReason.Cpuid);
        Assert.Equal(8u, Vmcs.Read(Vmcs32.GuestInterruptibilityState));
        machine.Advance();

        // The handler's IRET opens the window.
        machine.Expect(ExitReason.NmiWindow);
        Assert.Equal((0u, 0x7C00ul), (Vmcs.Read(Vmcs32.GuestInterruptibilityState), Vmcs.Read(VmcsNatural.GuestRip)));
        machine.Clear(PrimaryControls.NmiWindowExiting);
        machine.Expect(ExitReason.Vmcall);
    }

    [Theory]
    [InlineData(true, true, 0x8000_0040u)]
    [InlineData(true, false, 0u)]
    [InlineData(false, false, 0u)]
    public void InterruptsFromOutside(bool exits, bool acknowledged, uint information)
    {
        var machine = new GuestFixture();
        uint others = Vmcs.Read(Vmcs32.ExitControls) & ~(uint)ExitControls.AcknowledgeInterruptOnExit;
        Vmcs.Write(Vmcs32.ExitControls, others | (acknowledged ? (uint)ExitControls.AcknowledgeInterruptOnExit : 0));
        machine.Clear(exits ? 0 : PinControls.ExternalInterruptExiting);
        machine.Guest.Then(guest =>
        {
            guest.Interrupt(0x40); // IF is clear: an exit does not care, a guest does
            Assert.Empty(guest.Events);
            guest.Sti();
            guest.Nop();
            guest.Vmcall();
        });
        ExitReason reason = machine.Enter();
        Assert.Equal(exits ? ExitReason.ExternalInterrupt : ExitReason.Vmcall, reason);
        Assert.Equal(exits ? 0 : 1, machine.Guest.Events.Count);
        uint reported = Vmcs.Read(VmcsReadOnly32.ExitInterruptionInformation);
        Assert.Equal(information, (reported & Valid) != 0 ? reported : 0);
        if (exits)
        {
            machine.Expect(ExitReason.Vmcall);
        }
    }

    [Fact]
    public void NmisFromOutside()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest => guest.Nmi());
        machine.Expect(ExitReason.ExceptionOrNmi);
        Assert.Equal(0x8000_0202u, Vmcs.Read(VmcsReadOnly32.ExitInterruptionInformation));
        machine.Clear(PinControls.NmiExiting | PinControls.VirtualNmis);
        machine.Guest.Then(guest =>
        {
            guest.Nmi();
            Assert.Equal(2, Assert.Single(guest.Events).Vector);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
    }

    // In the HLT state a guest waits; an event wakes it, and so does the window.
    [Fact]
    public void HaltedGuestsWake()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Hlt();
            Assert.Equal((ActivityState.Active, 1), (guest.Activity, guest.Events.Count));
            guest.Nop();
            guest.Vmcall();
        });
        Vmcs.Write(VmcsNatural.GuestRflags, 0x202);
        machine.Expect(ExitReason.Hlt);
        machine.Advance();
        Vmcs.Write(Vmcs32.GuestActivityState, (uint)ActivityState.Hlt);
        machine.Set(PrimaryControls.InterruptWindowExiting);
        machine.Expect(ExitReason.InterruptWindow);
        Assert.Equal(1u, Vmcs.Read(Vmcs32.GuestActivityState));
        machine.Clear(PrimaryControls.InterruptWindowExiting);
        GuestFixture.Inject(0x8000_0020);
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0u, Vmcs.Read(Vmcs32.GuestActivityState));
    }

    // B3: a guest whose handler does nothing faults at one place for ever.
    [Fact]
    public void AFaultThatNobodyMendsComesAgain()
    {
        var machine = new GuestFixture(GoodVmcs.Long64());
        Vmcs.Write(Vmcs32.ExceptionBitmap, 1u << 6);
        machine.Guest.Then(guest =>
        {
            guest.Raise(ExceptionVector.InvalidOpcode);
            guest.Vmcall();
        });
        ulong rip = Vmcs.Read(VmcsNatural.GuestRip);
        for (int i = 0; i < 10; i++)
        {
            machine.Expect(ExitReason.ExceptionOrNmi);
            Assert.Equal(rip, Vmcs.Read(VmcsNatural.GuestRip));
        }

        Vmcs.Write(VmcsNatural.GuestRip, rip + 2);
        Vmcs.Write(VmcsNatural.GuestRflags, 2);
        machine.Expect(ExitReason.Vmcall);
    }

    [Fact]
    public void AReflectedExceptionReachesTheHandler()
    {
        var machine = new GuestFixture(GoodVmcs.Long64());
        Vmcs.Write(Vmcs32.ExceptionBitmap, 1u << 13);
        machine.Guest.Then(guest =>
        {
            guest.Raise(ExceptionVector.GeneralProtection, 0x18);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.ExceptionOrNmi);
        Vmcs.Write(Vmcs32.EntryExceptionErrorCode, Vmcs.Read(VmcsReadOnly32.ExitInterruptionErrorCode));
        GuestFixture.Inject(Vmcs.Read(VmcsReadOnly32.ExitInterruptionInformation));
        machine.Expect(ExitReason.Vmcall);
        GuestEvent received = machine.Guest.Events.Single();
        Assert.Equal((13, 0x18u), (received.Vector, received.ErrorCode ?? 0));
    }
}
