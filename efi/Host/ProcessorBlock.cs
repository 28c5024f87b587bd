// What a processor of the machine has for itself: a block that begins with its own data, and behind them its stacks,
// each above a guard page that will not be mapped, so that running over an end is a page fault and not silent damage.
// Blocks lie at multiples of their size: where a processor's stack pointer is tells which one is its own.

using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Host;

internal unsafe struct ProcessorBlock
{
    public const ulong Bytes = 512 << 10;
    public const int Stacks = 5;

    private const ulong Page = 4096;
    private const ulong StackBytes = 16 * Page;
    private const ulong StackStride = StackBytes + Page;

    // 0 is the one that firmware has started.
    public uint Number;
    public uint ApicId;

    // An ArrivalState, which two processors change.
    public uint Arrival;

    // Its HostProcessor, once the hypervisor has it; 0 until then.
    public ulong Place;

    // Its place at the console: ConsoleLock.
    public uint ConsoleDepth;
    public bool IsInLine;

    // How far its TSC is ahead of the first one's.
    public long TscAhead;

    public GlobalTable Global;
    public TaskStateSegment Task;
    public SvmProcessor Svm;

    // The block of the processor that asks, which stands on one of its own stacks. Firmware's is none.
    public static ProcessorBlock* Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            byte here;
            return (ProcessorBlock*)((ulong)&here & ~(Bytes - 1));
        }
    }

    private readonly ulong Start => (ulong)Unsafe.AsPointer(ref Unsafe.AsRef(in this));

    public readonly Hpa Guard(int stack) => new(Start + Page + ((ulong)stack * StackStride));

    public readonly ulong StackTop(int stack) => Guard(stack).Value + StackStride;

    // A word that may be read as part of one of a block's stacks.
    public static bool IsStack(ulong address)
    {
        ulong offset = (address & (Bytes - 1)) - Page;
        return offset < Stacks * StackStride && offset % StackStride >= Page;
    }
}
