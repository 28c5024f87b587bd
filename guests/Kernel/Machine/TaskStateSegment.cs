// The task state segment of 64-bit mode. SDM 3A 8.7 Task Management in 64-bit Mode. The stacks lie at odd multiples of
// 4: packed.

using System.Runtime.InteropServices;

namespace MinusOne.Guests.Kernel.Machine;

[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal unsafe struct TaskStateSegment
{
    public uint Reserved0;

    // The stack of interrupts from ring 3.
    public ulong Stack0;
    public ulong Stack1;
    public ulong Stack2;
    public ulong Reserved1;
    public fixed ulong InterruptStack[7];
    public ulong Reserved2;
    public ushort Reserved3;
    public ushort IoMapBase;
}
