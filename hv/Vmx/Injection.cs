// Hands the next event to the coming VM entry, or asks for an exit as soon as the guest can take one. SDM 3C 28.6 Event
// Injection, 26.6.2 (interrupt-window and NMI-window exiting).

namespace MinusOne.Hv.Vmx;

internal static unsafe class Injection
{
    private const uint ErrorCodeValid = 1u << 11;

    // Called before every entry with something pending, or with a window open. True: the entry injects something. The
    // interrupt controllers of `vm` are asked for a vector only when it goes into this entry.
    public static bool Prepare(ref PendingEvents events, ref ControlWords controls, Vm* vm = null)
    {
        var blocked = new InterruptibilityState(Vmcs.Read(Vmcs32.GuestInterruptibilityState));
        Event chosen = events.HasFirst ? events.TakeFirst()
            : events.HasNmi && CanTakeNmi(blocked) ? events.TakeNmi()
            : events.HasExternal && CanTakeExternal(blocked) ? TakeExternal(ref events, vm)
            : default;
        if (chosen.IsValid)
        {
            Inject(chosen, blocked);
        }

        OpenWindows(ref events, ref controls);
        return chosen.IsValid;
    }

    // An exit said that an event was being delivered: read what, so that it goes again. Only some exits can say so, and
    // only their handlers ask.
    public static void RecordInterruptedDelivery(ref PendingEvents events)
    {
        var vectoring = new InterruptionInformation(Vmcs.Read(VmcsReadOnly32.IdtVectoringInformation));
        if (!vectoring.IsValid)
        {
            return;
        }

        vectoring = VirtualInterrupts.Interrupted(vectoring);
        uint errorCode = vectoring.HasErrorCode ? Vmcs.Read(VmcsReadOnly32.IdtVectoringErrorCode) : 0;
        uint length = vectoring.HasInstructionLength ? Vmcs.Read(VmcsReadOnly32.ExitInstructionLength) : 0;
        events.Interrupted(new Event(vectoring.ForInjection, errorCode, length));
    }

    private static void Inject(in Event chosen, InterruptibilityState blocked)
    {
        InterruptionInformation information = chosen.Information;
        if (information.HasErrorCode)
        {
            // Real mode pushes no error codes. SDM 3C 28.2.1.3 VM-Entry Control Fields.
            bool isProtected = (Vmcs.Read(VmcsNatural.GuestCr0) & (ulong)Cr0.ProtectionEnable) != 0;
            information = isProtected ? information : new InterruptionInformation(information.Raw & ~ErrorCodeValid);
            Vmcs.Write(Vmcs32.EntryExceptionErrorCode, chosen.ErrorCode);
        }

        if (information.HasInstructionLength)
        {
            Vmcs.Write(Vmcs32.EntryInstructionLength, chosen.InstructionLength);
        }

        // An NMI whose delivery was interrupted has blocked NMIs already; delivering it again must find them open.
        if (information.Type == InterruptionType.Nmi && blocked.BlockingByNmi)
        {
            Vmcs.Write(Vmcs32.GuestInterruptibilityState, blocked.WithNmiBlocking(false).Raw);
        }

        Vmcs.Write(Vmcs32.GuestActivityState, (uint)ActivityState.Active);
        Vmcs.Write(Vmcs32.EntryInterruptionInformation, information.Raw);
    }

    // One that was acknowledged before goes before another is.
    private static Event TakeExternal(ref PendingEvents events, Vm* vm) =>
        (events.Pending & EventKinds.External) != 0 ? events.TakeExternal()
            : Event.External(InterruptRouting.Acknowledge(vm));

    private static bool CanTakeNmi(InterruptibilityState blocked) =>
        !blocked.BlockingByNmi && !blocked.BlockingByMovSs && !blocked.BlockingBySti;

    private static bool CanTakeExternal(InterruptibilityState blocked) =>
        !blocked.BlockingByMovSs && !blocked.BlockingBySti
        && (Vmcs.Read(VmcsNatural.GuestRflags) & (ulong)Rflags.InterruptEnable) != 0;

    // A blocked NMI does not keep external interrupts from a handler that allows them.
    private static void OpenWindows(ref PendingEvents events, ref ControlWords controls)
    {
        PrimaryControls wanted =
            controls.Primary & ~(PrimaryControls.NmiWindowExiting | PrimaryControls.InterruptWindowExiting);
        if (events.HasNmi && controls.Has(PinControls.VirtualNmis))
        {
            wanted |= PrimaryControls.NmiWindowExiting;
        }

        if (events.HasExternal)
        {
            wanted |= PrimaryControls.InterruptWindowExiting;
        }

        if (wanted != controls.Primary)
        {
            events.SetWindow(
                (wanted & (PrimaryControls.NmiWindowExiting | PrimaryControls.InterruptWindowExiting)) != 0);
            controls.Primary = wanted;
            Vmcs.Write(Vmcs32.PrimaryControls, (uint)wanted);
        }
    }
}
