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

    // Joins the table that an address goes through below this level into one leaf, if it is full of equal, consecutive
    // ones. That leaf is accessed and dirty if one of the small ones is.
    public bool TryMerge(ulong input, int level)
    {
        PageEntry* entry = null, below = _root;
        for (int at = PageLevel.Root; at >= level; at--)
        {
            entry = below + PageLevel.Index(input, at);
            if (!entry->IsPresent || entry->IsLeaf(at))
            {
                return false;
            }

            below = TableOf(entry);
        }

        if (level > _largestLeaf || !AreOne(below, level - 1, out PageEntry leaf))
        {
            return false;
        }

        *entry = leaf;
        FreeTable(below);
        _isStale = true;
        return true;
    }

    // `leaf`: the one that says the same as all the entries of a table.
    private readonly bool AreOne(PageEntry* table, int level, out PageEntry leaf)
    {
        ulong marks = PageEntry.UseMask(_format), used = 0;
        ulong first = table->Raw & ~marks, expected = first;
        leaf = default;
        if (!table->IsPresent || !table->IsLeaf(level)
            || (table->Frame(level).Value & PageLevel.OffsetMask(level + 1)) != 0)
        {
            return false;
        }

        for (int i = 0; i < PageLevel.EntriesPerTable; i++)
        {
            if ((table[i].Raw & ~marks) != expected)
            {
                return false;
            }

            used |= table[i].Raw & marks;
            expected += PageLevel.Size(level);
        }

        leaf = new(first | used | PageEntry.LargeLeaf);
        return true;
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

    private readonly struct ProtectVisitor(PageFormat format, PageRights rights) : IPageVisitor
    {
        private readonly PageFormat _format = format;
        private readonly PageRights _rights = rights;

        public bool Visit(ref PageEntry leaf, ulong input, int level)
        {
            leaf = leaf.WithRights(_format, _rights);
            return true;
        }
    }
}
