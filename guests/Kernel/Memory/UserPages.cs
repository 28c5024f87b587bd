// What happens when a program touches a page: the image's pages are mapped or copied from the file, heap and stack are
// zero from the start and get a frame of their own when they are first written; before that they all show the same page
// of zeros. A page that others see too is copied when it is written.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Memory;

internal static unsafe class UserPages
{
    private const ulong Rights = PageEntry.Present | PageEntry.User;

    private static ZeroPages s_zero;

    private static ulong ZeroPage =>
        ((ulong)Unsafe.AsPointer(ref s_zero) + FrameAllocator.FrameBytes - 1) & ~(FrameAllocator.FrameBytes - 1ul);

    private static ImageTable* Image => (ImageTable*)(Cpu.ProgramsImageAddress() + ImageTable.Offset);

    // Makes the access possible, or says why not.
    public static PageOutcome Resolve(Task* task, ulong address, PageFaultError access)
    {
        ulong page = address & ~(FrameAllocator.FrameBytes - 1ul);
        ulong wanted = First(task, page);
        if (wanted == 0)
        {
            return PageOutcome.Illegal;
        }

        ulong* entry = AddressSpace.Entry(task->Root, page);
        if (entry == null)
        {
            return PageOutcome.OutOfMemory;
        }

        ulong was = *entry;
        if (was == 0)
        {
            *entry = wanted;
        }

        if (!Allows(*entry, access))
        {
            return PageOutcome.Illegal;
        }

        bool write = (access & PageFaultError.Write) != 0;
        if (write && (*entry & PageEntry.CopyOnWrite) != 0 && !TryMakeOwn(entry))
        {
            *entry = was;
            return PageOutcome.OutOfMemory;
        }

        Cpu.InvalidatePage(page);
        return PageOutcome.Done;
    }

    // The physical address behind a program's address, after making the access possible; 0 if it is not.
    public static ulong Translate(Task* task, ulong address, bool write)
    {
        if (address < UserLayout.Image || address >= UserLayout.StackTop
            || Resolve(task, address, write ? PageFaultError.Write : PageFaultError.None) != PageOutcome.Done)
        {
            return 0;
        }

        return PageEntry.Frame(*AddressSpace.Entry(task->Root, address)) + (address & (FrameAllocator.FrameBytes - 1));
    }

    // The entry a page begins with; 0 if the program has no such page.
    private static ulong First(Task* task, ulong page)
    {
        ulong zero = ZeroPage | Rights | PageEntry.CopyOnWrite | KernelSpace.NoExecute;
        if ((page >= UserLayout.Heap && page < task->HeapEnd)
            || (page >= UserLayout.StackEnd && page < UserLayout.StackTop))
        {
            return zero;
        }

        ImageTable* image = Image;
        if (page < UserLayout.Image || page >= image->End)
        {
            return 0;
        }

        if (page >= image->FileEnd)
        {
            return zero;
        }

        ulong inKernel = (Cpu.ProgramsImageAddress() + (page - UserLayout.Image)) | Rights;
        return page < image->CodeEnd ? inKernel
            : page < image->ReadOnlyEnd ? inKernel | KernelSpace.NoExecute
            : inKernel | KernelSpace.NoExecute | PageEntry.CopyOnWrite;
    }

    private static bool Allows(ulong entry, PageFaultError access) =>
        ((access & PageFaultError.Write) == 0 || (entry & (PageEntry.Writable | PageEntry.CopyOnWrite)) != 0)
        && ((access & PageFaultError.Fetch) == 0 || (entry & PageEntry.NoExecute) == 0);

    private static bool TryMakeOwn(ulong* entry)
    {
        ulong old = PageEntry.Frame(*entry);
        ulong rights = (*entry & ~(PageEntry.CopyOnWrite | old)) | PageEntry.Writable;
        if (!Frames.All.IsShared(old))
        {
            *entry = old | rights;
            return true;
        }

        ulong frame = Frames.All.Allocate();
        if (frame == 0)
        {
            return false;
        }

        if (old == ZeroPage)
        {
            Cpu.ClearFrame(Frames.At(frame));
        }
        else
        {
            Cpu.CopyFrame(Frames.At(frame), Frames.At(old));
        }

        Counters.PagesCopied++;
        Frames.All.Release(old);
        *entry = frame | rights;
        return true;
    }

    // A page, wherever the linker puts it.
    [StructLayout(LayoutKind.Sequential, Size = 2 * FrameAllocator.FrameBytes)]
    private struct ZeroPages
    {
    }
}
