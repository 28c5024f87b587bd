// Changing what is mapped: unmap, protect, split, merge. Large leaves that stick out of a range are split first; that
// is the only step that needs memory, so a failure comes before any change. Holes are skipped.

namespace MinusOne.Hv.Memory;

internal unsafe partial struct PageTable
{
    public TableStatus Unmap(ulong input, ulong length)
    {
        TableStatus status = Isolate(input, length);
        if (status == TableStatus.Done)
        {
            ClearVisitor clear = default;
            Walk(input, input + length, ref clear);
            Prune(_root, PageLevel.Root, input, input + length, all: false);
        }

        return status;
    }

    // Gives what is mapped in the range these rights; to take all away is Unmap.
    public TableStatus Protect(ulong input, ulong length, PageRights rights)
    {
        if (!PageEntry.CanExpress(_format, new(rights, MemoryType.WriteBack)))
        {
            return TableStatus.BadAttributes;
        }

        TableStatus status = Isolate(input, length);
        if (status == TableStatus.Done)
        {
            ProtectVisitor protect = new(_format, rights);
            Walk(input, input + length, ref protect);
        }

        return status;
    }

    // Makes no leaf in the range larger than this level. Those that were split before memory ran out stay split.
    public TableStatus Split(ulong input, ulong length, int level)
    {
        if (!IsRange(input, length))
        {
            return TableStatus.BadRange;
        }

        bool done = SplitBelow(_root, PageLevel.Root, input, input + length, level);
        return done ? TableStatus.Done : TableStatus.OutOfTables;
    }

    // Joins full tables of equal, consecutive leaves into one large leaf, where that lies wholly in the range.
    public TableStatus Merge(ulong input, ulong length)
    {
        if (!IsRange(input, length))
        {
            return TableStatus.BadRange;
        }

        MergeBelow(_root, PageLevel.Root, input, input + length);
        return TableStatus.Done;
    }

    // Splits the leaves that reach over either end of the range.
    private TableStatus Isolate(ulong input, ulong length)
    {
        if (!IsRange(input, length))
        {
            return TableStatus.BadRange;
        }

        return SplitAt(input) && SplitAt(input + length) ? TableStatus.Done : TableStatus.OutOfTables;
    }

    private bool SplitAt(ulong boundary)
    {
        PageEntry* table = _root;
        for (int level = PageLevel.Root; (boundary & PageLevel.OffsetMask(level)) != 0; level--)
        {
            PageEntry* entry = table + PageLevel.Index(boundary, level);
            if (!entry->IsPresent)
            {
                return true;
            }

            if (entry->IsLeaf(level) && !TrySplit(entry, level))
            {
                return false;
            }

            table = TableOf(entry);
        }

        return true;
    }

    private bool SplitBelow(PageEntry* table, int level, ulong start, ulong end, int target)
    {
        for (ulong next; start < end && level > target; start = next)
        {
            next = NextBoundary(start, end, level);
            PageEntry* entry = table + PageLevel.Index(start, level);
            if (!entry->IsPresent)
            {
                continue;
            }

            if ((entry->IsLeaf(level) && !TrySplit(entry, level))
                || !SplitBelow(TableOf(entry), level - 1, start, next, target))
            {
                return false;
            }
        }

        return true;
    }

    // The new table is complete before the entry points to it. Its leaves differ from the large one in their frames,
    // and at level 1 in the bit that says it is a leaf.
    private bool TrySplit(PageEntry* entry, int level)
    {
        if (!_pool->TryAllocate(_owner, out Hpa frame))
        {
            return false;
        }

        _tables++;
        var below = (PageEntry*)frame.Pointer;
        ulong leaf = entry->Raw & ~(level == PageLevel.Page2M ? PageEntry.LargeLeaf : 0);
        for (int i = 0; i < PageLevel.EntriesPerTable; i++)
        {
            below[i] = new(leaf);
            leaf += PageLevel.Size(level - 1);
        }

        *entry = PageEntry.ToTable(frame);
        _isStale = true;
        return true;
    }

    private void MergeBelow(PageEntry* table, int level, ulong start, ulong end)
    {
        for (ulong next; start < end; start = next)
        {
            next = NextBoundary(start, end, level);
            PageEntry* entry = table + PageLevel.Index(start, level);
            if (!entry->IsPresent || entry->IsLeaf(level))
            {
                continue;
            }

            MergeBelow(TableOf(entry), level - 1, start, next);
            if (level <= _largestLeaf && next - start == PageLevel.Size(level))
            {
                TryMerge(entry, level);
            }
        }
    }

    // The large leaf is accessed and dirty if one of the small ones is.
    private void TryMerge(PageEntry* entry, int level)
    {
        PageEntry* below = TableOf(entry);
        ulong marks = PageEntry.UseMask(_format), used = 0;
        ulong first = below->Raw & ~marks, leaf = first;
        if (!below->IsPresent || !below->IsLeaf(level - 1)
            || (below->Table.Value & PageLevel.OffsetMask(level)) != 0)
        {
            return;
        }

        for (int i = 0; i < PageLevel.EntriesPerTable; i++)
        {
            if ((below[i].Raw & ~marks) != leaf)
            {
                return;
            }

            used |= below[i].Raw & marks;
            leaf += PageLevel.Size(level - 1);
        }

        *entry = new(first | used | PageEntry.LargeLeaf);
        FreeTable(below);
        _isStale = true;
    }

    private readonly struct ProtectVisitor : IPageVisitor
    {
        private readonly PageFormat _format;
        private readonly PageRights _rights;

        public ProtectVisitor(PageFormat format, PageRights rights)
        {
            _format = format;
            _rights = rights;
        }

        public bool Visit(ref PageEntry leaf, ulong input, int level)
        {
            leaf = leaf.WithRights(_format, _rights);
            return true;
        }
    }
}
