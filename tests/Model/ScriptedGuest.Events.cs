// Events of a scripted guest: what is injected, what it raises itself, what comes from outside, and how all of it is
// delivered. Delivery is simplified: no IDT is read; the guest's state is put aside, IF and TF are cleared as an
// interrupt gate does, the handler runs, IRET brings the state back. SDM 3C 27.2 Other Causes of VM Exits, 28.6 Event
// Injection.

using System;
using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed unsafe partial class ScriptedGuest
{
    private const uint Valid = 1u << 31;
    private const uint HasErrorCode = 1u << 11;
    private const ulong ClearedByGate = (ulong)(Hv.X86.Rflags.InterruptEnable | Hv.X86.Rflags.Trap
        | Hv.X86.Rflags.NestedTask | Hv.X86.Rflags.Resume | Hv.X86.Rflags.Virtual8086);

    private readonly Queue<byte> _waiting = new();
    private bool _waitingNmi;

    // Guest memory that the delivery of an event writes to, as to a stack: an EPT violation there interrupts the
    // delivery. Null: nothing.
    public Gpa? DeliveryStack { get; set; }

    public bool IsOpenToInterrupts =>
        (Rflags & (ulong)Hv.X86.Rflags.InterruptEnable) != 0 && (Blocking & StiOrMovSs) == 0;

    public bool IsOpenToNmi => (Blocking & (InterruptibilityState.Nmi | InterruptibilityState.MovSs)) == 0;

    // INT n.
    public void Int(byte vector) => Software(0x8000_0400u | vector, 2);

    public void Int3() => Software(0x8000_0603, 1);

    public void Into() => Software(0x8000_0604, 1);

    // The instruction at RIP faults. The qualification of #PF is its address, that of #DB what DR6 would say.
    public void Raise(ExceptionVector vector, uint? errorCode = null, ulong qualification = 0)
    {
        RequireActive();
        do
        {
            try
            {
                RaiseFault(vector, errorCode, qualification, 0);
            }
            catch (GuestFaultException)
            {
                // It is what the script wanted.
            }
        }
        while (IsToBeExecutedAgain());
    }

    // An interrupt of the machine arrives.
    public void Interrupt(byte vector)
    {
        if (_cpu.Svm.IsRunning)
        {
            _cpu.Apic.Raise(vector);
            Leave(Boundary());
            return;
        }

        if (Vmcs.Has(PinControls.ExternalInterruptExiting))
        {
            Leave(Exits.ExternalInterrupt(Vmcs.Has(ExitControls.AcknowledgeInterruptOnExit) ? vector : null));
            return;
        }

        _waiting.Enqueue(vector);
        Leave(Boundary());
    }

    public void Nmi()
    {
        if (Vmcs.Has(PinControls.NmiExiting))
        {
            Leave(Exits.Nmi());
            return;
        }

        _waitingNmi = true;
        Leave(Boundary());
    }

    public void TripleFault() => Leave(Exits.TripleFault());

    // An exception: exits, is delivered to the handler, or ends the action. `length`: of the instruction, 0 if not
    // known.
    private void RaiseFault(ExceptionVector vector, uint? errorCode, ulong qualification, uint length)
    {
        GuestExit exit = Intercepts.Exception(Vmcs, (byte)vector, errorCode)
            ? Exits.Exception((byte)vector, errorCode, qualification)
            : DeliverException(vector, errorCode, qualification);
        if (exit != null)
        {
            _executeAgain = !LeaveAt(exit, length);
        }
        else if (_pendingFault is GuestEvent fault)
        {
            _pendingFault = null;
            Rip = Next(Rip, Math.Max(length, 1));
            throw new GuestFaultException(fault);
        }
    }

    private GuestExit DeliverException(ExceptionVector vector, uint? errorCode, ulong qualification)
    {
        _cpu.Cr2 = vector == ExceptionVector.PageFault ? qualification : _cpu.Cr2;
        uint information = 0x8000_0300u | (byte)vector | (errorCode is null ? 0 : HasErrorCode);
        return Deliver(information, errorCode, false, Rip);
    }

    private void Software(uint information, uint length)
    {
        RequireActive();
        PlaceInterrupt(information);
        bool isException = ((information >> 8) & 7) == (uint)InterruptionType.SoftwareException;
        while (true)
        {
            GuestExit exit = isException && Intercepts.Exception(Vmcs, (byte)information, null)
                ? Exits.SoftwareException((byte)information)
                : Deliver(information, null, false, Next(Rip, length));
            if (exit == null)
            {
                Leave(Boundary());
                return;
            }

            if (LeaveAt(exit with { InstructionLength = length }, length))
            {
                return;
            }
        }
    }

    private GuestExit DeliverInjected()
    {
        uint information = Vmcs[Vmcs32.EntryInterruptionInformation];
        if ((information & Valid) == 0)
        {
            return null;
        }

        bool isSoftware = (InterruptionType)((information >> 8) & 7) is InterruptionType.SoftwareInterrupt
            or InterruptionType.SoftwareException or InterruptionType.PrivilegedSoftwareException;
        if ((InterruptionType)((information >> 8) & 7) is not (InterruptionType.SoftwareInterrupt
            or InterruptionType.SoftwareException))
        {
            // They are lost. SDM 3C 28.7.3.
            Vmcs[VmcsNatural.GuestPendingDebugExceptions] = 0;
        }

        uint? code = (information & HasErrorCode) != 0 ? Vmcs[Vmcs32.EntryExceptionErrorCode] : null;
        uint length = isSoftware ? Vmcs[Vmcs32.EntryInstructionLength] : 0;
        GuestExit exit = Deliver(information, code, true, Next(Rip, length));
        return exit != null && isSoftware ? exit with { InstructionLength = length } : exit;
    }

    // A single step or breakpoint that was recognised before the entry. SDM 3C 28.7.3 Delivery of Pending Debug
    // Exceptions after VM Entry.
    private GuestExit DeliverPendingDebug()
    {
        ulong pending = Vmcs[VmcsNatural.GuestPendingDebugExceptions];
        bool isDue = (pending & (PendingDebugExceptions.Step | PendingDebugExceptions.EnabledBreakpoint)) != 0
            && (Blocking & InterruptibilityState.MovSs) == 0;
        if (!isDue)
        {
            return null;
        }

        Vmcs[VmcsNatural.GuestPendingDebugExceptions] = 0;
        RecordDebug(pending);
        const byte vector = (byte)ExceptionVector.Debug;
        return Intercepts.Exception(Vmcs, vector, null)
            ? Exits.Exception(vector, null, pending & 0xF | (pending & PendingDebugExceptions.Step))
            : Deliver(0x8000_0300u | vector, null, false, Rip);
    }

    // An interrupt of the host's. With its own interrupts off the guest is left all the same; in a shadow it is not.
    private GuestExit LeaveFor(uint shadow) =>
        shadow != 0 || !_cpu.Apic.IsPending || Activity is not (ActivityState.Active or ActivityState.Hlt) ? null
        : !Vmcs.Has(PinControls.ExternalInterruptExiting)
            ? throw new SoftCpuException("an interrupt of the host's goes to the guest")
        : Exits.ExternalInterrupt(
            Vmcs.Has(ExitControls.AcknowledgeInterruptOnExit) ? (byte)_cpu.Apic.Acknowledge() : null);

    // From outside, as soon as the guest takes it.
    private GuestExit DeliverWaiting()
    {
        if (_waitingNmi && IsOpenToNmi)
        {
            _waitingNmi = false;
            return Deliver(0x8000_0202, null, false, Rip) ?? Boundary();
        }

        return IsOpenToInterrupts && _waiting.TryDequeue(out byte vector)
            ? Deliver(0x8000_0000u | vector, null, false, Rip) ?? Boundary()
            : null;
    }

    // What the virtual APIC has for the guest.
    private GuestExit DeliverVirtual() => _apic.IsPending && IsOpenToInterrupts && Activity == ActivityState.Active
        ? Deliver(0x8000_0000u | _apic.Acknowledge(), null, false, Rip) ?? Boundary()
        : null;

    // Null: delivered. Otherwise an EPT violation on the way, with what was being delivered.
    private GuestExit Deliver(uint information, uint? errorCode, bool isInjected, ulong returnRip)
    {
        bool isNmi = (InterruptionType)((information >> 8) & 7) == InterruptionType.Nmi;
        Activity = ActivityState.Active;
        Blocking &= ~StiOrMovSs;
        Blocking |= isNmi ? InterruptibilityState.Nmi : 0;
        if (DeliveryStack is Gpa stack && _memory.Translate(stack, Access.Write, out _) is GuestExit exit)
        {
            return exit with { IdtVectoring = information, IdtVectoringErrorCode = errorCode, ResumeFlag = null };
        }

        var received = new GuestEvent(information, errorCode, isInjected, returnRip, Rflags);
        Events.Add(received);
        Rip = returnRip;
        if (Handler == null && received.IsException)
        {
            _pendingFault = received.Vector == (byte)ExceptionVector.Debug ? null : received;
            return null;
        }

        Rflags &= ~ClearedByGate;
        Handler?.Invoke(this, received);
        Return(received);
        return null;
    }
}
