// What a handler wants done with the guest after its exit. Handlers do not move RIP: the run loop does, in one place.

namespace MinusOne.Hv.Exits;

internal enum Verdict
{
    // Enter again where the guest stopped: a fault was repaired, or an event is pending.
    Resume,

    // The instruction has been carried out: go on behind it.
    Advance,

    // The guest is over; why stands in the Vm.
    End,
}
