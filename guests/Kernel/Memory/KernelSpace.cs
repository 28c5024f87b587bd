// The kernel's half of every address space:
//   0x200000                 the image, 4 KiB pages, nothing both writable and executable; page 0 and all else unmapped
//   0x4000_0000              the tasks' kernel stacks, each with a gap below it
//   0xFFFF_8000_0000_0000    the window: all memory and the devices, in pages of 1 GiB where the processor has them
// Programs have slot 1 of the top table, from 0x80_0000_0000 up, for themselves.

using MinusOne.Guests.Kernel.Boot;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Memory;

internal static unsafe class KernelSpace
{
    public const ulong StackArea = 0x4000_0000;

    private const ulong WindowBase = 0xFFFF_8000_0000_0000;
    private const int WindowSlot = 256;
    private const ulong Gigabyte = 1ul << 30;
    private const int DeviceGigabyte = 3;
    private const int LargePagesInImage = 1; // the page directory's entry for 0x200000

    private static ulong s_root;
    private static ulong s_window;
    private static ulong* s_stackTable;

    // 0 as long as the boot tables are in use.
    public static byte* Window => (byte*)s_window;

    public static ulong Root => s_root;

    // The end of memory in the window, in whole GiB; the devices lie behind.
    public static ulong WindowEnd { get; private set; }

    // The entries of the first table that every address space has in common.
    public static void Share(ulong* root)
    {
        var kernel = (ulong*)Frames.At(s_root);
        root[0] = kernel[0];
        root[WindowSlot] = kernel[WindowSlot];
    }

    public static void Build(ulong memoryEnd)
    {
        s_root = Frames.AllocateCleared();
        ulong* low = NewTable((ulong*)s_root);
        ulong* image = NewTable(NewTable(low) + LargePagesInImage);
        for (ulong address = ImageLayout.Start; address < ImageLayout.End; address += FrameAllocator.FrameBytes)
        {
            image[PageEntry.Index(address, 1)] = address | RightsOf(address);
        }

        s_stackTable = NewTable(NewTable(low + 1));
        WindowEnd = (memoryEnd + Gigabyte - 1) & ~(Gigabyte - 1);
        MapWindow(NewTable((ulong*)s_root + WindowSlot), memoryEnd);
        Cpu.WriteCr3(s_root);
        s_window = WindowBase;
        s_stackTable = (ulong*)Frames.At((ulong)s_stackTable);
        Frames.All.Move(Window);
    }

    // The entry of a page of the stack area.
    public static ulong* StackEntry(ulong address) => s_stackTable + PageEntry.Index(address, 1);

    public static ulong NoExecute => Features.Has(Feature.NoExecute) ? PageEntry.NoExecute : 0;

    private static void MapWindow(ulong* table, ulong memoryEnd)
    {
        for (int i = 0; i <= DeviceGigabyte; i++)
        {
            ulong start = (ulong)i * Gigabyte;
            ulong entry = PageEntry.Present | PageEntry.Writable | NoExecute
                | (i == DeviceGigabyte ? PageEntry.CacheDisable : 0);
            if (start >= memoryEnd && i != DeviceGigabyte)
            {
                continue;
            }

            if (Features.Has(Feature.GiantPages))
            {
                table[i] = start | entry | PageEntry.Large;
                continue;
            }

            ulong* directory = NewTable(table + i);
            for (ulong j = 0; j < 512; j++)
            {
                directory[j] = start | j << 21 | entry | PageEntry.Large;
            }
        }
    }

    private static ulong RightsOf(ulong address) =>
        address < ImageLayout.CodeEnd ? PageEntry.Present
        : address < ImageLayout.ReadOnlyEnd ? PageEntry.Present | NoExecute
        : PageEntry.Present | PageEntry.Writable | NoExecute;

    private static ulong* NewTable(ulong* entry)
    {
        ulong table = Frames.AllocateCleared();
        *entry = table | PageEntry.Present | PageEntry.Writable;
        return (ulong*)table;
    }
}
