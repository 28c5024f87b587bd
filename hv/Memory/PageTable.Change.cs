// Changing what is mapped: unmap, protect, split, merge, and collecting accessed and dirty flags. Large leaves that
// stick out of a range are split first; that is the only step that needs memory, so a failure comes before any change.
// Holes are skipped.

namespace MinusOne.Hv.Memory;

internal unsafe partial struct PageTable<TEntry>
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
        if (!TEntry.CanExpress(new(rights, X86.MemoryType.WriteBack)))
        {
            return TableStatus.BadAttributes;
        }

        TableStatus status = Isolate(input, length);
        if (status == TableStatus.Done)
        {
            ProtectVisitor protect = new(rights);
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
        TEntry* table = _root;
        for (int level = PageLevel.Root; (boundary & PageLevel.OffsetMask(level)) != 0; level--)
        {
            TEntry* entry = table + PageLevel.Index(boundary, level);
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

    private bool SplitBelow(TEntry* table, int level, ulong start, ulong end, int target)
    {
        for (ulong next; start < end && level > target; start = next)
        {
            next = NextBoundary(start, end, level);
            TEntry* entry = table + PageLevel.Index(start, level);
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

    // The new table is complete before the entry points to it.
    private bool TrySplit(TEntry* entry, int level)
    {
        if (!_pool->TryAllocate(_owner, out Hpa frame))
        {
            return false;
        }

        _tables++;
        TEntry* below = (TEntry*)frame.Pointer;
        Hpa output = entry->Frame(level);
        PageAttributes attributes = entry->Attributes(level);
        for (int i = 0; i < PageLevel.EntriesPerTable; i++)
        {
            below[i] = TEntry.ToLeaf(output, attributes, entry->Use, level - 1);
            output += PageLevel.Size(level - 1);
        }

        *entry = TEntry.ToTable(frame);
        _needsInvalidation = true;
        return true;
    }

    private void MergeBelow(TEntry* table, int level, ulong start, ulong end)
    {
        for (ulong next; start < end; start = next)
        {
            next = NextBoundary(start, end, level);
            TEntry* entry = table + PageLevel.Index(start, level);
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

    private void TryMerge(TEntry* entry, int level)
    {
        TEntry* below = TableOf(entry);
        Hpa output = below->Frame(level - 1);
        PageAttributes attributes = below->Attributes(level - 1);
        PageUse use = PageUse.None;
        if ((output.Value & PageLevel.OffsetMask(level)) != 0)
        {
            return;
        }

        for (int i = 0; i < PageLevel.EntriesPerTable; i++)
        {
            TEntry leaf = below[i];
            if (!leaf.IsPresent || !leaf.IsLeaf(level - 1) || leaf.Attributes(level - 1) != attributes
                || leaf.Frame(level - 1) != output + ((ulong)i * PageLevel.Size(level - 1)))
            {
                return;
            }

            use |= leaf.Use;
        }

        *entry = TEntry.ToLeaf(output, attributes, use, level);
        FreeTable(below);
        _needsInvalidation = true;
    }

    private readonly struct ProtectVisitor : IPageVisitor<TEntry>
    {
        private readonly PageRights _rights;

        public ProtectVisitor(PageRights rights)
        {
            _rights = rights;
        }

        public bool Visit(ref TEntry leaf, ulong input, int level)
        {
            leaf = TEntry.ToLeaf(leaf.Frame(level), new(_rights, leaf.Attributes(level).Type), leaf.Use, level);
            return true;
        }
    }
}
