// Changing what is mapped. Building wants empty ground, so a half-way failure is undone by clearing, and nothing
// becomes stale. The others split the large leaves that stick out of their range first; that is the only step that
// needs memory, so a failure comes before any change. Holes are skipped.
namespace MinusOne.Hv.Memory;

internal unsafe partial struct PageTable
{
    // Maps a range to consecutive frames, by the largest leaves that the alignment of both sides allows.
    public TableStatus Map(ulong input, ulong length, Hpa output, PageAttributes attributes)
    {
        if (!IsRange(input, length) || output.PageOffset != 0 || output.Value >= OutputLimit
            || length > OutputLimit - output.Value)
        {
            return TableStatus.BadRange;
        }

        if (!PageEntry.CanExpress(_format, attributes))
        {
            return TableStatus.BadAttributes;
        }

        ulong at = input;
        if (Next(ref at, input + length, out _) != null)
        {
            return TableStatus.AlreadyMapped;
        }

        var template = PageEntry.Template(_format, attributes);
        if (Fill(_root, PageLevel.Root, input, input + length, output.Value, template))
        {
            return TableStatus.Done;
        }

        Clear(input, input + length);
        return TableStatus.OutOfTables;
    }

    // The level-1 entry for an address, with the tables above it made on the way. Null: no frame for a table, or a
    // large leaf is there. It must be filled before the next operation: an empty table has no place in the hierarchy.
    public PageEntry* Open(ulong input)
    {
        PageEntry* table = _root;
        for (int level = PageLevel.Root; level > PageLevel.Page4K; level--)
        {
            PageEntry* entry = table + PageLevel.Index(input, level);
            table = entry->IsPresent && entry->IsLeaf(level) ? null : OpenBelow(entry);
            if (table == null)
            {
                Prune(_root, PageLevel.Root, input, input + 1, all: false);
                return null;
            }
        }

        return Descend(input, out _);
    }

    public TableStatus Unmap(ulong input, ulong length)
    {
        TableStatus status = Isolate(input, length);
        if (status == TableStatus.Done)
        {
            StopOthers();
            IsStale |= Clear(input, input + length);
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
            StopOthers();
            ulong end = input + length;
            for (PageEntry* leaf; (leaf = Next(ref input, end, out int level)) != null; input = Behind(input, level))
            {
                PageEntry changed = leaf->WithRights(_format, rights);
                IsStale |= changed.Raw != leaf->Raw;
                *leaf = changed;
            }
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

        // What they mark until then is in the leaf.
        StopOthers();
        if (level > _largestLeaf || !AreOne(below, level - 1, out PageEntry leaf))
        {
            return false;
        }

        *entry = leaf;
        FreeTable(below);
        IsStale = true;
        return true;
    }

    private bool Fill(PageEntry* table, int level, ulong start, ulong end, ulong output, PageEntry template)
    {
        ulong size = PageLevel.Size(level);
        for (ulong next; start < end; output += next - start, start = next)
        {
            next = NextBoundary(start, end, level);
            PageEntry* entry = table + PageLevel.Index(start, level);
            if (next - start == size && (output & (size - 1)) == 0 && level <= _largestLeaf)
            {
                *entry = PageEntry.ToLeaf(template, new(output), level);
            }
            else
            {
                PageEntry* below = OpenBelow(entry);
                if (below == null || !Fill(below, level - 1, start, next, output, template))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // The table below an entry that is no leaf, made if there is none. Null: no frame for it.
    private PageEntry* OpenBelow(PageEntry* entry)
    {
        if (!entry->IsPresent && _pool->TryAllocateCleared(_owner, out Hpa frame))
        {
            Tables++;
            *entry = PageEntry.ToTable(frame);
        }

        return entry->IsPresent ? TableOf(entry) : null;
    }

    // Takes away what is mapped there, and the tables that are empty then. True: there was something. Who has only just
    // mapped it need not tell the processor, which never saw it.
    private bool Clear(ulong start, ulong end)
    {
        bool found = false;
        ulong at = start;
        for (PageEntry* leaf; (leaf = Next(ref at, end, out int level)) != null; at = Behind(at, level))
        {
            *leaf = default;
            found = true;
        }

        Prune(_root, PageLevel.Root, start, end, all: false);
        return found;
    }

    // `leaf`: the one that says the same as all the entries of a table.
    private readonly bool AreOne(PageEntry* table, int level, out PageEntry leaf)
    {
        ulong marks = PageEntry.UseMask(_format) | PageEntry.Written, used = 0;
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
    private TableStatus Isolate(ulong input, ulong length) =>
        !IsRange(input, length) ? TableStatus.BadRange
        : SplitAt(input) && SplitAt(input + length) ? TableStatus.Done
        : TableStatus.OutOfTables;

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

        StopOthers();
        Tables++;
        var below = (PageEntry*)frame.Pointer;
        ulong leaf = entry->Raw & ~(level == PageLevel.Page2M ? PageEntry.LargeLeaf : 0);
        for (int i = 0; i < PageLevel.EntriesPerTable; i++)
        {
            below[i] = new(leaf);
            leaf += PageLevel.Size(level - 1);
        }

        *entry = PageEntry.ToTable(frame);
        IsStale = true;
        return true;
    }

    public readonly void StopOthers()
    {
        if (Stop != null)
        {
            Stop(User);
        }
    }
}
