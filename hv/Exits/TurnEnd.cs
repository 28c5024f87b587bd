// Why the run loop lets go of a virtual processor.

namespace MinusOne.Hv.Exits;

internal enum TurnEnd : uint
{
    // It does not.
    None,

    // Its slice is over.
    Preempted,

    // It has nothing better to do than to let others go first: PAUSE.
    Yields,

    // It has nothing to do until it is woken: HLT.
    Waits,

    // Its guest has ended.
    Ended,
}
