// The page tables of a program: slot 1 of the top table is its own, down to pages of 4 KiB; the kernel's slots are
// shared. A copy shares every page with the original, and neither may write to it any more without having it copied.
namespace MinusOne.Guests.Kernel.Memory;

internal static unsafe class AddressSpace
{
    public const int Slot = 1;

    private const ulong TableRights = PageEntry.Present | PageEntry.Writable | PageEntry.User;
    private const int TopLevel = 4;

    // The root of an empty one; 0 if memory is used up.
    public static ulong Create()
    {
        ulong root = Frames.AllocateCleared();
        if (root != 0)
        {
            KernelSpace.Share((ulong*)Frames.At(root));
        }

        return root;
    }

    // The entry of a page, with the tables on the way made if need be; null if memory is used up.
    public static ulong* Entry(ulong root, ulong address)
    {
        var table = (ulong*)Frames.At(root);
        for (int level = TopLevel; level > 1; level--)
        {
            ulong* entry = table + PageEntry.Index(address, level);
            if (*entry == 0)
            {
                ulong next = Frames.AllocateCleared();
                if (next == 0)
                {
                    return null;
                }

                *entry = next | TableRights;
            }

            table = (ulong*)Frames.At(PageEntry.Frame(*entry));
        }

        return table + PageEntry.Index(address, 1);
    }

    // False if memory ran out half-way: what there is must be released.
    public static bool TryCopy(ulong from, ulong to) =>
        TryCopy((ulong*)Frames.At(from) + Slot, (ulong*)Frames.At(to) + Slot, TopLevel - 1);

    public static void Release(ulong root)
    {
        ulong slot = *((ulong*)Frames.At(root) + Slot);
        if (slot != 0)
        {
            Release(slot, TopLevel - 1);
        }

        Frames.All.Release(root);
    }

    // Pages in use, the tables not counted.
    public static uint CountPages(ulong root) => Count(*((ulong*)Frames.At(root) + Slot), TopLevel - 1);

    // The entry at `from` names a table of this level, or with level 0 a page.
    private static bool TryCopy(ulong* from, ulong* to, int level)
    {
        if (level == 0)
        {
            if ((*from & PageEntry.Writable) != 0)
            {
                *from = (*from & ~PageEntry.Writable) | PageEntry.CopyOnWrite;
            }

            Frames.All.Share(PageEntry.Frame(*from));
            *to = *from;
            return true;
        }

        ulong table = Frames.AllocateCleared();
        if (table == 0)
        {
            return false;
        }

        *to = table | TableRights;
        var source = (ulong*)Frames.At(PageEntry.Frame(*from));
        var target = (ulong*)Frames.At(table);
        for (int i = 0; i < 512; i++)
        {
            if (source[i] != 0 && !TryCopy(source + i, target + i, level - 1))
            {
                return false;
            }
        }

        return true;
    }

    private static void Release(ulong entry, int level)
    {
        ulong frame = PageEntry.Frame(entry);
        if (level > 0)
        {
            var table = (ulong*)Frames.At(frame);
            for (int i = 0; i < 512; i++)
            {
                if (table[i] != 0)
                {
                    Release(table[i], level - 1);
                }
            }
        }

        Frames.All.Release(frame);
    }

    private static uint Count(ulong entry, int level)
    {
        if (level == 0 || entry == 0)
        {
            return entry == 0 ? 0 : 1u;
        }

        uint pages = 0;
        var table = (ulong*)Frames.At(PageEntry.Frame(entry));
        for (int i = 0; i < 512; i++)
        {
            pages += Count(table[i], level - 1);
        }

        return pages;
    }
}
