// Exit qualification of a task switch. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Processor.Facts;

internal readonly struct TaskSwitchRequest(ulong raw)
{
    public readonly ulong Raw = raw;

    // The selector of the task-state segment to switch to.
    public ushort Selector => (ushort)Raw;

    public TaskSwitchSource Source => (TaskSwitchSource)((Raw >> 30) & 3);
}

// What started a task switch. SDM 3C 29.2.1 Basic VM-Exit Information.
internal enum TaskSwitchSource : uint
{
    Call = 0,
    Iret = 1,
    Jmp = 2,
    TaskGate = 3,
}
