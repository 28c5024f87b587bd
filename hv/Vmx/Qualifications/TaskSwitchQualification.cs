// Exit qualification of a task switch. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct TaskSwitchQualification
{
    public readonly ulong Raw;

    public TaskSwitchQualification(ulong raw)
    {
        Raw = raw;
    }

    // Of the task-state segment to switch to.
    public ushort Selector => (ushort)Raw;

    public TaskSwitchSource Source => (TaskSwitchSource)((Raw >> 30) & 3);
}
