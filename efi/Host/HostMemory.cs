// The hypervisor's own memory: one piece taken from firmware. It begins with a block for each processor that is asked
// for; the rest is the frame pool.

using MinusOne.Efi.Firmware;
using MinusOne.Efi.Metal;

namespace MinusOne.Efi.Host;

internal static unsafe class HostMemory
{
    private const ulong Page = 4096;
    private const ulong PoolBytes = (24 << 20) - (85 * Page);

    // How much of that a guest may use for what it lacks at its own addresses.
    public const ulong SpareBytes = 8 << 20;

    // As many ranges as the list that firmware is asked for has room for.
    private const ulong MapListBytes = 16 * Page;

    private static ulong s_blocks;
    private static ulong s_list;
    private static ulong s_poolBytes;

    // The processors that there are blocks for.
    public static int Processors { get; private set; }

    // The list of the physical map.
    public static void* MapList => (void*)s_list;

    public static int MapListLength => (int)MapListBytes;

    public static PhysicalRange Pool =>
        new(new Hpa(s_list + MapListBytes), new Hpa(s_list + MapListBytes + s_poolBytes), PhysicalKind.Hypervisor);

    // With so much more for guests. Where blocks may begin, firmware is not asked.
    public static bool TryAllocate(int processors, ulong more)
    {
        ulong blocks = (ulong)processors * ProcessorBlock.Bytes;
        s_poolBytes = PoolBytes + more;
        ulong bytes = ProcessorBlock.Bytes + blocks + MapListBytes + s_poolBytes;
        if (LoanedPages.Take(bytes / Page, out byte* start) != EfiStatus.Success)
        {
            return false;
        }

        s_blocks = ((ulong)start + ProcessorBlock.Bytes - 1) & ~(ProcessorBlock.Bytes - 1);
        s_list = s_blocks + blocks;
        Processors = processors;
        for (int number = 0; number < processors; number++)
        {
            Cpu.ClearFrame(Block(number));
            Block(number)->Number = (uint)number;
        }

        return true;
    }

    public static ProcessorBlock* Block(int number) =>
        (ProcessorBlock*)(s_blocks + ((ulong)number * ProcessorBlock.Bytes));

    // A word that may be read as part of one of our stacks.
    public static bool IsStack(ulong address) =>
        address - s_blocks < (ulong)Processors * ProcessorBlock.Bytes && ProcessorBlock.IsStack(address);

    // One of so many blocks is for a thread of the same core.
    public static bool HasCore(uint apicId, int blocks)
    {
        bool isTaken = false;
        for (int i = 0; i < blocks; i++)
        {
            isTaken |= CoreNumber.Of(Block(i)->ApicId) == CoreNumber.Of(apicId);
        }

        return isTaken;
    }
}
