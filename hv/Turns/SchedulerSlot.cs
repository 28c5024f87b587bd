// One virtual processor as the scheduler knows it.
namespace MinusOne.Hv.Turns;

internal struct SchedulerSlot
{
    public SlotState State;
    public uint Weight;

    // Those of one group have the share of one; 0: it is alone.
    public uint Group;

    // Since when it has been in its state.
    public ulong Since;

    // How long it may still run in this turn; less than 0: it has run too long.
    public long Credit;
    public SliceAccount Account;

    // The time since its state began.
    public ulong Lap(ulong now)
    {
        ulong ticks = now - Since;
        Since = now;
        return ticks;
    }

    // What it has left is lost, and what it owes is not.
    public void GiveUp() => Credit = Math.Min(Credit, 0);
}

// What a virtual processor is doing, in the scheduler's eyes.
internal enum SlotState : uint
{
    Free,
    Ready,
    Running,
    Waiting,
}
