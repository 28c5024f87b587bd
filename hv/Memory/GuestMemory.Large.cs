// Large leaves where memory is used densely. A table starts with room for a few pages, each mapped when it is touched:
// a guest that uses little of 2 MiB has little of them. When the room is used up, the 2 MiB are dense: a touch then
// brings the whole quarter it lies in, and the last of the four replaces the table by one leaf. Beside a large leaf
// there is no such room. A quarter is what a guest may have to wait for at once: 128 pages to be cleared. A page that
// is given other rights, or taken away, splits its leaf, and that table never becomes a leaf again. Where code in large
// pages is not safe (CpuFacts.HasLargeCode), large leaves cannot be executed, and a fetch splits the one it meets.
//
// Pages cleared ahead. A guest that waits leaves time: up to 64 pages behind the one it touched last are cleared then,
// and their first touch finds nothing left to do but an entry. They are the guest's own identity frames, not mapped and
// not lent before they are touched, so this takes no memory and changes no count; what is cleared is forgotten when the
// next window is. Pages without a table, and those that the pool backs, are cleared when they are touched.
namespace MinusOne.Hv.Memory;

internal unsafe partial struct GuestMemory
{
    // A guest that waits less than it takes to clear all pages ahead is not held up.
    public const ulong AheadTicks = 1 << 16;

    private const uint SinglePages = 16;
    private const int BlockPages = 128;
    private const int MostAhead = 64;

    // The pages that a new table takes one by one, behind its first one.
    private uint RoomFor(GuestExtent* extent, Gpa address) =>
        !MayBeLarge(extent, address, PageLevel.Page2M) ? PageEntry.AllRoom
        : IsLarge(address.Value - PageLevel.Size(PageLevel.Page2M)) ? 0
        : IsLarge(address.Value + PageLevel.Size(PageLevel.Page2M)) ? 0
        : SinglePages - 1;

    // False: nothing was done, for this is not what can become a large leaf, or its pages would be too many.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryMapBlock(GuestExtent* extent, PageEntry* entry, Gpa address)
    {
        int index = PageLevel.Index(address.Value, PageLevel.Page4K);
        PageEntry* table = entry - index;
        Gpa start = new(address.Value & ~PageLevel.OffsetMask(PageLevel.Page2M));
        ulong missing = 0;
        for (int i = 0; i < PageLevel.EntriesPerTable; i++)
        {
            missing += table[i].IsPresent ? 0UL : 1;
        }

        if (missing > _quotaLeft || !MayBeLarge(extent, address, PageLevel.Page2M))
        {
            return false;
        }

        int first = index & ~(BlockPages - 1);
        for (int i = first; i < first + BlockPages; i++)
        {
            if (!table[i].IsPresent)
            {
                TryMap(extent, table + i, start + ((ulong)i << 12));
                missing--;
            }
        }

        int level = PageLevel.Page2M;
        while (missing == 0 && MayBeLarge(extent, address, level) && _table.TryMerge(address.Value, level))
        {
            PageEntry* leaf = _table.Lookup(address.Value, out _);
            *leaf = _features.HasLargeCode ? *leaf : leaf->WithRights(_features.Format, PageRights.ReadWrite);
            level++;
        }

        return true;
    }

    // A fetch from what is or was a large leaf: nothing else is readable and writable alone.
    private readonly bool IsLargeCode(PageRights access, PageRights rights) =>
        !_features.HasLargeCode && access == PageRights.Execute && rights == PageRights.ReadWrite;

    // Makes the 2 MiB around a page small and executable, but for what has fewer rights.
    private Resolution SplitForCode(Gpa address)
    {
        if (_table.Protect(address.Page.Value, PageLevel.Size(PageLevel.Page4K), PageRights.All) != TableStatus.Done)
        {
            return Resolution.TablesExhausted;
        }

        PageEntry* table = _table.Lookup(address.Value & ~PageLevel.OffsetMask(PageLevel.Page2M), out _);
        for (int i = 0; i < PageLevel.EntriesPerTable; i++)
        {
            bool isCode = table[i].Attributes(_features.Format).Rights == PageRights.ReadWrite;
            table[i] = isCode ? table[i].WithRights(_features.Format, PageRights.All) : table[i];
        }

        return Resolution.Mapped;
    }

    // What a leaf of this level around an address covers is identity, one type of memory, and all of one region.
    private readonly bool MayBeLarge(GuestExtent* extent, Gpa address, int level)
    {
        Gpa start = new(address.Value & ~PageLevel.OffsetMask(level));
        return level <= _features.LargestLeaf && extent->Backing == GuestBacking.Identity
            && start >= extent->Start && start + PageLevel.Size(level) <= extent->End;
    }

    private bool IsLarge(ulong address) => _table.Lookup(address, out int level)->IsPresent && level > PageLevel.Page4K;

    public void PrepareAhead()
    {
        Hpa next = _touched + 0x1000;
        GuestExtent* extent = _last;
        if (next == _window || extent->Backing != GuestBacking.Identity)
        {
            return;
        }

        _window = next;
        _ahead = 0;
        for (int i = 0; i < MostAhead; i++)
        {
            var address = new Gpa(next.Value + ((ulong)i << 12));
            PageEntry* entry = _table.Lookup(address.Value, out int level);
            if (level != PageLevel.Page4K || address - extent->Start >= extent->Length)
            {
                return;
            }

            if (!entry->IsPresent)
            {
                Cpu.ClearFrame((void*)address.Value);
                _ahead |= 1UL << i;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TakeCleared(Hpa frame)
    {
        ulong index = (frame - _window) >> 12;
        ulong bit = index < MostAhead ? _ahead & (1UL << (int)index) : 0;
        _touched = frame;
        _ahead ^= bit;
        return bit != 0;
    }
}
