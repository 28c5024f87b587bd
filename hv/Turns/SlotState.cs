// What a virtual processor is doing, in the scheduler's eyes.

namespace MinusOne.Hv.Turns;

internal enum SlotState : uint
{
    Free,
    Ready,
    Running,
    Waiting,
}
