// All that belongs to one processor: what it runs, its descriptor tables, its emergency stack. A second processor has a
// second one of these, and its own GS base; nothing else in the kernel is per processor.

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

    public fixed ulong Gdt[DescriptorTables.GdtEntries];
    public TaskStateSegment State;

    // Double faults, NMIs and machine checks arrive here: whatever happened to the stack, this one is good.
    public fixed byte EmergencyStack[2048];
}
