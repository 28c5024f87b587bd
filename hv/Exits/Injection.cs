// Which event the coming entry delivers to the guest, or that an exit is asked for as soon as the guest can take one.
// SDM 3A 6.9 Prioritization of Concurrent Events, SDM 3C 28.6 Event Injection.
namespace MinusOne.Hv.Exits;

internal static unsafe class Injection
{
    // Called before every entry with something pending, or with a window open. True: the entry injects something. The
    // interrupt controllers are asked for a vector only when it goes into this entry.
    public static bool Prepare(Vm* vm, Vcpu* vcpu)
    {
        ref PendingEvents events = ref vcpu->Events;
        InterruptibilityState blocked = GuestState.Blocking;
        Event chosen = events.HasFirst ? events.TakeFirst()
            : IsShadowed(blocked) || GuestState.PendingTraps.IsDue ? default
            : events.HasNmi && !blocked.BlockingByNmi ? events.TakeNmi()
            : events.HasExternal && (GuestState.Rflags & Rflags.InterruptEnable) != 0 ? TakeExternal(ref events, vm)
            : default;
        if (chosen.IsValid)
        {
            Precede(chosen.Information, blocked);
            Backend.Inject(in chosen);
        }

        // A blocked NMI does not keep external interrupts from a handler that allows them.
        Backend.SetWindows(vcpu, events.HasNmi, events.HasExternal);
        return chosen.IsValid;
    }

    // An exit said that an event was being delivered: it goes again. Only handlers of exits that can say so ask.
    public static void RecordInterruptedDelivery(Vcpu* vcpu)
    {
        if (ExitFacts.IsDeliveryInterrupted)
        {
            vcpu->Events.Interrupted(ExitFacts.InterruptedDelivery);
        }
    }

    // What hardware would have done by now. A software interrupt ends the shadow that it stands in; another event comes
    // in it, and with TF the entry must find the single step of the instruction before it pending, although the event
    // takes its place. A fault pushes RF = 1, so that its instruction can be executed again. SDM 3C 28.3.1.5 Checks on
    // Guest Non-Register State, 28.7.3 Delivery of Pending Debug Exceptions after VM Entry, SDM 3B 19.3.1.1.
    private static void Precede(InterruptionInformation information, InterruptibilityState blocked)
    {
        if (information.IsFault)
        {
            GuestState.Rflags |= Rflags.Resume;
        }

        if (!IsShadowed(blocked))
        {
            return;
        }

        if (information.Type is InterruptionType.SoftwareInterrupt or InterruptionType.SoftwareException)
        {
            // A breakpoint that MOV SS has met waits for the handler, by the shadow that it stands in.
            GuestState.Blocking = GuestState.PendingTraps.HasBreakpoint ? blocked : blocked.AfterInstruction;
        }
        else if ((GuestState.Rflags & Rflags.Trap) != 0
            && (GuestState.DebugControl & (ulong)DebugCtl.SingleStepOnBranches) == 0)
        {
            GuestState.PendingTraps = GuestState.PendingTraps.With(PendingDebugExceptions.Step);
        }
    }

    // One that was acknowledged before goes before another is.
    private static Event TakeExternal(ref PendingEvents events, Vm* vm) =>
        (events.Pending & EventKinds.External) != 0 ? events.TakeExternal()
            : Event.External(InterruptRouting.Acknowledge(&vm->Board));

    private static bool IsShadowed(InterruptibilityState blocked) => blocked.BlockingByMovSs || blocked.BlockingBySti;
}
