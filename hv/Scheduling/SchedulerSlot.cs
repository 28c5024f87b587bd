// One virtual processor as the scheduler knows it.

namespace MinusOne.Hv.Scheduling;

internal struct SchedulerSlot
{
    public SlotState State;
    public uint Weight;

    // Since when it has been in its state.
    public ulong Since;

    // How long it may still run in this turn; less than 0: it has run too long.
    public long Credit;
    public SliceAccount Account;
}
