// What the system-call entry finds at GS before it has a stack: the stubs take the offsets from here. One for each
// processor.

using System.Runtime.InteropServices;

namespace MinusOne.Guests.Kernel.Machine;

[StructLayout(LayoutKind.Sequential)]
internal struct EntryArea
{
    // The address of the structure it begins: SWAPGS brings only a base, C# wants a pointer.
    public ulong Self;

    // The start of the current task's kernel stack.
    public ulong KernelStack;

    // The program's stack pointer waits here while the switch happens.
    public ulong UserStack;
}
