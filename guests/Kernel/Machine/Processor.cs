// All that belongs to one processor: what it runs, its descriptor tables, its emergency stack. Each has its own, and GS
// points to it; nothing else in the kernel is per processor.

using System.Runtime.InteropServices;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Machine;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Processor
{
    // First: the stubs know where it is.
    public EntryArea Entry;

    // The task that runs, null in the scheduler.
    public Task* Current;

    // The scheduler's own stack, while a task runs.
    public ulong SchedulerStack;

    // When the current task must let others of its priority run: TSC.
    public ulong SliceEnd;

    // Somebody else should run before the current task goes on.
    public bool Reschedule;

    // It has the kernel's lock; it waits in HLT, and has not been woken.
    public bool IsInside;
    public bool IsIdle;

    // It has found its way into the kernel.
    public bool HasBegun;

    public uint ApicId;
    public uint Turns;

    // What others ask of it (Request), how many interrupts about that have come, and what it found out.
    public uint Asked;
    public uint Interrupts;
    public ulong Seen;

    // When its timer rings: TSC.
    public ulong Alarm;

    public fixed ulong Gdt[DescriptorTables.GdtEntries];
    public TaskStateSegment State;

    // Double faults, NMIs and machine checks arrive here: whatever happened to the stack, this one is good.
    public fixed byte EmergencyStack[2048];
}
