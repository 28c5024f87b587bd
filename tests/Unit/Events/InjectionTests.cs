// What stands in the VMCS when a guest is entered with something pending: the event if it can be taken, a window if
// not.

using System.Collections.Generic;
using System.Runtime.InteropServices;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Events;

public sealed unsafe class InjectionTests
{
    private const uint Sti = 1, MovSs = 2, NmiBlocking = 8;
    private const ulong InterruptsOn = 0x202, InterruptsOff = 2;
    private const PrimaryControls Interrupt = PrimaryControls.InterruptWindowExiting;
    private const PrimaryControls NmiWindow = PrimaryControls.NmiWindowExiting;

    private readonly GuestFixture _machine = new(GoodVmcs.Protected32());
    private readonly Vcpu* _vcpu = (Vcpu*)NativeMemory.AllocZeroed((nuint)sizeof(Vcpu));

    public InjectionTests()
    {
        ref ControlWords controls = ref VmxVcpu.Of(_vcpu)->Controls;
        controls.Pin = (PinControls)Vmcs.Read(Vmcs32.PinControls) | PinControls.VirtualNmis;
        controls.Primary = (PrimaryControls)Vmcs.Read(Vmcs32.PrimaryControls);
        Vmcs.Write(Vmcs32.EntryInterruptionInformation, 0);
        SetState(InterruptsOn, 0);
    }

    [Fact]
    public void NothingPendingNothingInjected()
    {
        Assert.False(Injection.Prepare(null, _vcpu));
        Assert.Equal((0u, PrimaryControls.None), (Information, Windows));
    }

    [Fact]
    public void ErrorCodesOnlyInProtectedMode()
    {
        _vcpu->Events.TryRaise(ExceptionVector.GeneralProtection, 0x18);
        Assert.True(Injection.Prepare(null, _vcpu));
        Assert.Equal((0x8000_0B0Du, 0x18u), (Information, Vmcs.Read(Vmcs32.EntryExceptionErrorCode)));
        Vmcs.Write(VmcsNatural.GuestCr0, Vmcs.Read(VmcsNatural.GuestCr0) & ~1ul);
        _vcpu->Events.TryRaise(ExceptionVector.GeneralProtection, 0x18);
        Assert.True(Injection.Prepare(null, _vcpu));
        Assert.Equal(0x8000_030Du, Information);
    }

    [Fact]
    public void SoftwareEventsCarryTheirLength()
    {
        _vcpu->Events.RaiseSoftware(Event.SoftwareInterrupt(0x21, 3));
        Injection.Prepare(null, _vcpu);
        Assert.Equal((0x8000_0421u, 3u), (Information, Vmcs.Read(Vmcs32.EntryInstructionLength)));
        _vcpu->Events.RaiseSoftware(Event.SoftwareException(ExceptionVector.Breakpoint, 1));
        Injection.Prepare(null, _vcpu);
        Assert.Equal((0x8000_0603u, 1u), (Information, Vmcs.Read(Vmcs32.EntryInstructionLength)));
    }

    // Every combination of IF and blocking, for an NMI, a vector, and both.
    [Fact]
    public void WhatIsBlockedWaitsForItsWindow()
    {
        foreach (ulong flags in (ulong[])[InterruptsOn, InterruptsOff])
        {
            foreach (uint blocking in (uint[])[0, Sti, MovSs, NmiBlocking, NmiBlocking | Sti])
            {
                for (int pending = 1; pending <= 3; pending++)
                {
                    Check(flags, blocking, (pending & 1) != 0, (pending & 2) != 0);
                }
            }
        }
    }

    [Fact]
    public void WithoutVirtualNmisThereIsNoWindowForThem()
    {
        VmxVcpu.Of(_vcpu)->Controls.Pin &= ~PinControls.VirtualNmis;
        SetState(InterruptsOn, MovSs);
        _vcpu->Events.PendNmi();
        Assert.False(Injection.Prepare(null, _vcpu));
        Assert.Equal(PrimaryControls.None, Windows);
        SetState(InterruptsOn, 0);
        Assert.True(Injection.Prepare(null, _vcpu));
        Assert.Equal(0x8000_0202u, Information);
    }

    // An NMI whose delivery was interrupted has already blocked NMIs.
    [Fact]
    public void AnInterruptedNmiFindsNmisOpenAgain()
    {
        SetState(InterruptsOn, NmiBlocking);
        _vcpu->Events.Interrupted(Event.Nmi);
        Assert.True(Injection.Prepare(null, _vcpu));
        Assert.Equal((0x8000_0202u, 0u), (Information, Vmcs.Read(Vmcs32.GuestInterruptibilityState)));
    }

    // Anything else leaves the blocking as it is.
    [Fact]
    public void AnInterruptedExceptionKeepsNmisBlocked()
    {
        SetState(InterruptsOn, NmiBlocking);
        _vcpu->Events.Interrupted(Event.Exception(ExceptionVector.PageFault, 4));
        Assert.True(Injection.Prepare(null, _vcpu));
        Assert.Equal((0x8000_0B0Eu, NmiBlocking), (Information, Vmcs.Read(Vmcs32.GuestInterruptibilityState)));
    }

    // What the processor checks of an entry behind STI or MOV SS: the single step is pending exactly if TF is set and
    // steps instructions, not branches. SDM 3C 28.3.1.5.
    [Theory]
    [InlineData(0x102ul, Sti, 0ul, true)]
    [InlineData(0x302ul, MovSs, 0ul, true)]
    [InlineData(0x302ul, 0u, 0ul, false)]
    [InlineData(0x202ul, Sti, 0ul, false)]
    [InlineData(0x302ul, Sti, 2ul, false)]
    public void ADebugExceptionInAShadowFindsItsStepPending(
        ulong flags, uint blocking, ulong debugControl, bool pending)
    {
        SetState(flags, blocking);
        Vmcs.Write(Vmcs64.GuestDebugCtl, debugControl);
        _vcpu->Events.TryRaise(ExceptionVector.Debug);
        Assert.True(Injection.Prepare(null, _vcpu));
        Assert.Equal(
            pending ? PendingDebugExceptions.Step : 0, Vmcs.Read(VmcsNatural.GuestPendingDebugExceptions));
        Assert.Equal(blocking, Vmcs.Read(Vmcs32.GuestInterruptibilityState));
    }

    // INT n and INT3 end the shadow and the step: nothing of either is left for their handler.
    [Fact]
    public void ASoftwareInterruptEndsTheShadowThatItStandsIn()
    {
        SetState(0x302, MovSs);
        _vcpu->Events.RaiseSoftware(Event.SoftwareInterrupt(0x21, 2));
        Assert.True(Injection.Prepare(null, _vcpu));
        Assert.Equal(
            (0u, 0ul),
            (Vmcs.Read(Vmcs32.GuestInterruptibilityState), Vmcs.Read(VmcsNatural.GuestPendingDebugExceptions)));
    }

    // SDM 3B 19.3.1.1: a fault pushes RF = 1, a trap and an interrupt what RF is.
    [Theory]
    [InlineData((byte)ExceptionVector.GeneralProtection, true)]
    [InlineData((byte)ExceptionVector.InvalidOpcode, true)]
    [InlineData((byte)ExceptionVector.PageFault, true)]
    [InlineData((byte)ExceptionVector.AlignmentCheck, true)]
    [InlineData((byte)ExceptionVector.Debug, false)]
    [InlineData((byte)ExceptionVector.DoubleFault, false)]
    public void AFaultPushesTheResumeFlag(byte vector, bool resumes)
    {
        _vcpu->Events.TryRaise((ExceptionVector)vector);
        Assert.True(Injection.Prepare(null, _vcpu));
        Assert.Equal(resumes ? 0x1_0202ul : 0x202, Vmcs.Read(VmcsNatural.GuestRflags));
    }

    [Fact]
    public void AnInterruptPushesRflagsAsTheyAre()
    {
        _vcpu->Events.PendExternal(0x30);
        Assert.True(Injection.Prepare(null, _vcpu));
        Assert.Equal(0x202ul, Vmcs.Read(VmcsNatural.GuestRflags));
    }

    // SDM 3A 6.9: traps of the instruction before come first, and an entry with an interrupt would lose them.
    [Fact]
    public void APendingStepGoesBeforeInterrupts()
    {
        Vmcs.Write(VmcsNatural.GuestPendingDebugExceptions, PendingDebugExceptions.Step);
        _vcpu->Events.PendNmi();
        _vcpu->Events.PendExternal(0x30);
        Assert.False(Injection.Prepare(null, _vcpu));
        Assert.Equal(NmiWindow | Interrupt, Windows);
    }

    [Fact]
    public void AnInjectedEventWakesTheGuest()
    {
        Vmcs.Write(Vmcs32.GuestActivityState, (uint)ActivityState.Hlt);
        _vcpu->Events.PendExternal(0x30);
        Assert.True(Injection.Prepare(null, _vcpu));
        Assert.Equal((uint)ActivityState.Active, Vmcs.Read(Vmcs32.GuestActivityState));
    }

    [Fact]
    public void OneEventAtATimeTheMostUrgentFirst()
    {
        _vcpu->Events.PendExternal(0x30);
        _vcpu->Events.PendExternal(0xF0);
        _vcpu->Events.PendNmi();
        _vcpu->Events.TryRaise(ExceptionVector.InvalidOpcode);
        var order = new List<uint>();
        while (Injection.Prepare(null, _vcpu))
        {
            order.Add(Information);
            Vmcs.Write(Vmcs32.EntryInterruptionInformation, 0);
        }

        Assert.Equal([0x8000_0306, 0x8000_0202, 0x8000_00F0, 0x8000_0030], order);
        Assert.Equal(PrimaryControls.None, Windows);
    }

    [Theory]
    [InlineData(0x8000_0430u, 0u, 2u, 0x8000_0430u, 0u, 2u)]
    [InlineData(0x8000_1B0Eu, 6u, 9u, 0x8000_0B0Eu, 6u, 0u)]
    [InlineData(0x8000_0306u, 6u, 9u, 0x8000_0306u, 0u, 0u)]
    [InlineData(0x8000_0603u, 6u, 1u, 0x8000_0603u, 0u, 1u)]
    [InlineData(0x8000_0030u, 6u, 9u, 0x8000_0030u, 0u, 0u)]
    [InlineData(0x8000_0202u, 6u, 9u, 0x8000_0202u, 0u, 0u)]
    public void AnInterruptedDeliveryIsReadBack(
        uint vectoring, uint code, uint length, uint information, uint expectedCode, uint expectedLength)
    {
        Interrupted(vectoring, code, length);
        Injection.RecordInterruptedDelivery(_vcpu);
        Assert.True(_vcpu->Events.HasFirst);
        Event again = _vcpu->Events.TakeFirst();
        Assert.Equal((information, expectedCode, expectedLength),
            (again.Information.Raw, again.ErrorCode, again.InstructionLength));
    }

    [Fact]
    public void NoInterruptedDeliveryNoEvent()
    {
        Interrupted(0x7FFF_FFFF, 1, 1);
        Injection.RecordInterruptedDelivery(_vcpu);
        Assert.True(_vcpu->Events.IsEmpty);
    }

    private void Check(ulong flags, uint blocking, bool nmi, bool vector)
    {
        string what = $"RFLAGS {flags:X}, blocking {blocking}, NMI {nmi}, vector {vector}";
        SetState(flags, blocking);
        Vmcs.Write(Vmcs32.EntryInterruptionInformation, 0);
        _vcpu->Events = default;
        if (nmi)
        {
            _vcpu->Events.PendNmi();
        }

        if (vector)
        {
            _vcpu->Events.PendExternal(0x44);
        }

        bool takesNmi = nmi && blocking == 0;
        bool takesVector = vector && !takesNmi && flags == InterruptsOn && (blocking & (Sti | MovSs)) == 0;
        uint expected = takesNmi ? 0x8000_0202 : takesVector ? 0x8000_0044 : 0;
        PrimaryControls windows = (nmi && !takesNmi ? NmiWindow : 0) | (vector && !takesVector ? Interrupt : 0);
        Assert.True(Injection.Prepare(null, _vcpu) == (expected != 0), what);
        Assert.True(Information == expected, what);
        Assert.True(Windows == windows, what);
        Assert.True((uint)VmxVcpu.Of(_vcpu)->Controls.Primary == Vmcs.Read(Vmcs32.PrimaryControls), what);
    }

    private static uint Information => Vmcs.Read(Vmcs32.EntryInterruptionInformation);

    private static PrimaryControls Windows =>
        (PrimaryControls)Vmcs.Read(Vmcs32.PrimaryControls) & (Interrupt | NmiWindow);

    private static void SetState(ulong flags, uint blocking)
    {
        Vmcs.Write(VmcsNatural.GuestRflags, flags);
        Vmcs.Write(Vmcs32.GuestInterruptibilityState, blocking);
    }

    private void Interrupted(uint vectoring, uint code, uint length)
    {
        SoftVmcs vmcs = _machine.Processor.Vmx.Current;
        vmcs[VmcsReadOnly32.IdtVectoringInformation] = vectoring;
        vmcs[VmcsReadOnly32.IdtVectoringErrorCode] = code;
        vmcs[VmcsReadOnly32.ExitInstructionLength] = length;
    }
}
