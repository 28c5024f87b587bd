// A running program: its memory, its place in the schedule, what it has open. Its kernel stack is mapped as long as it
// lives, at a place that its number gives; the first bytes below the stack's top keep its extended state.

using System;
using MinusOne.Guests.Kernel.Files;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Tasks;

internal unsafe struct Task
{
    public const int Handles = 8;
    public const int LongestName = 16;

    public const ulong StackBytes = 2 * FrameAllocator.FrameBytes;

    private const ulong StackSpacing = 2 * StackBytes;

    public TaskState State;
    public byte Number;
    public byte Priority;

    // It must end as soon as it can: before it goes back to its program, or instead of waiting.
    public bool Killed;
    public uint Id;

    // The processor that runs it, or ran it last.
    public Processor* Processor;
    public Task* Parent;
    public ulong Root;
    public ulong HeapEnd;

    // Its kernel stack pointer, as it was left.
    public ulong Saved;

    // What it waits for, and until when at the latest (TSC, ulong.MaxValue for ever).
    public void* Channel;
    public ulong WakeAt;

    // TSC ticks: when it began to run this time, and how many it has had before.
    public ulong Since;
    public ulong Used;
    public ExitReport Report;
    public HandleTable Open;
    public byte NameLength;
    public fixed byte Name[LongestName];

    public readonly ulong StackStart => KernelSpace.StackArea + (Number * StackSpacing) + (StackSpacing - StackBytes);

    public readonly ulong StackEnd => StackStart + StackBytes;

    public readonly byte* ExtendedState => (byte*)StackEnd - Machine.ExtendedState.Bytes;

    // The kernel's stack pointer when it is called.
    public readonly ulong StackTop => (ulong)ExtendedState;

    public readonly Frame* Frame => (Frame*)StackTop - 1;

    public void SetName(ReadOnlySpan<byte> name)
    {
        NameLength = (byte)(name.Length < LongestName ? name.Length : LongestName);
        for (int i = 0; i < NameLength; i++)
        {
            Name[i] = name[i];
        }
    }
}
