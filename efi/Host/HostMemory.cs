// The hypervisor's own memory: one block taken from firmware. It begins with the stacks, each above a guard page that
// will not be mapped, so that running over an end is a page fault and not silent damage; the rest is the frame pool.

using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Host;

internal static unsafe class HostMemory
{
    public const int Stacks = 5;

    private const ulong Page = 4096;
    private const ulong LeastBytes = (24 << 20) + MapListBytes;

    // How much of that a guest may use for what it lacks at its own addresses.
    public const ulong SpareBytes = 8 << 20;
    private const ulong StackBytes = 16 * Page;
    private const ulong StackStride = StackBytes + Page;

    // As many ranges as the list that firmware is asked for has room for.
    private const ulong MapListBytes = 16 * Page;

    private static ulong s_block;
    private static ulong s_bytes;

    public static Hpa Start => new(s_block);

    public static Hpa End => new(s_block + s_bytes);

    // The list of the physical map.
    public static void* MapList => (void*)(s_block + (Stacks * StackStride));

    public static int MapListLength => (int)MapListBytes;

    public static PhysicalRange Pool =>
        new(new Hpa(s_block + (Stacks * StackStride) + MapListBytes), End, PhysicalKind.Hypervisor);

    // With so much more for guests.
    public static bool TryAllocate(ulong more)
    {
        s_bytes = LeastBytes + more;
        EfiStatus status = LoanedPages.Take(s_bytes / Page, out byte* block);
        s_block = (ulong)block;
        return status == EfiStatus.Success;
    }

    public static Hpa Guard(int stack) => new(s_block + ((ulong)stack * StackStride));

    // A word that may be read as part of one of our stacks.
    public static bool IsStack(ulong address) =>
        address - s_block < Stacks * StackStride && (address - s_block) % StackStride >= Page;

    public static ulong StackTop(int stack) => s_block + ((ulong)stack * StackStride) + StackStride;
}
