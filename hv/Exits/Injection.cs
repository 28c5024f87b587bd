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
            : events.HasNmi && !blocked.BlockingByNmi && !IsShadowed(blocked) ? events.TakeNmi()
            : events.HasExternal && CanTakeExternal(blocked) ? TakeExternal(ref events, vm)
            : default;
        if (chosen.IsValid)
        {
            Backend.Inject(in chosen);
        }

        // A blocked NMI does not keep external interrupts from a handler that allows them.
        Backend.SetWindows(vcpu, events.HasNmi, events.HasExternal);
        return chosen.IsValid;
    }

    // An exit said that an event was being delivered: it goes again. Only some exits can say so, and only their
    // handlers ask.
    public static void RecordInterruptedDelivery(Vcpu* vcpu)
    {
        if (ExitFacts.IsDeliveryInterrupted)
        {
            vcpu->Events.Interrupted(ExitFacts.InterruptedDelivery);
        }
    }

    // One that was acknowledged before goes before another is.
    private static Event TakeExternal(ref PendingEvents events, Vm* vm) =>
        (events.Pending & EventKinds.External) != 0 ? events.TakeExternal()
            : Event.External(InterruptRouting.Acknowledge(vm));

    private static bool IsShadowed(InterruptibilityState blocked) => blocked.BlockingByMovSs || blocked.BlockingBySti;

    private static bool CanTakeExternal(InterruptibilityState blocked) =>
        !IsShadowed(blocked) && (GuestState.Rflags & Rflags.InterruptEnable) != 0;
}
