// What may concern the coming VM entry. None, which is the rule, costs one test.

namespace MinusOne.Hv.Processor;

[Flags]
internal enum EventKinds : uint
{
    None = 0,

    // An exception, a software interrupt, or the remains of an interrupted delivery.
    First = 1 << 0,
    Nmi = 1 << 1,

    // A vector that is pending by itself: asked for by a configuration, or acknowledged and not delivered.
    External = 1 << 2,

    // The interrupt controllers want the processor; which vector it is, they say when it is acknowledged.
    Requested = 1 << 3,

    // Interrupt-window or NMI-window exiting is on.
    Window = 1 << 4,

    // Nothing is due, but somebody wants to see every exit: the short path is closed.
    Watched = 1 << 5,
}
