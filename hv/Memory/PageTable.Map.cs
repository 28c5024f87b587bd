// Building: only where nothing is mapped, so that a half-way failure can be undone by clearing, and nothing becomes
// stale.

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

        AnyVisitor any = default;
        Walk(input, input + length, ref any);
        if (any.Found)
        {
            return TableStatus.AlreadyMapped;
        }

        var template = PageEntry.Template(_format, attributes);
        if (Fill(_root, PageLevel.Root, input, input + length, output.Value, template))
        {
            return TableStatus.Done;
        }

        Undo(input, input + length);
        return TableStatus.OutOfTables;
    }

    // The entry of this level for an address, with the tables above it made on the way. Null: no frame for a table, or
    // a larger leaf is there. It must be filled before the next operation: an empty table has no place in the
    // hierarchy.
    public PageEntry* Open(ulong input, int target)
    {
        PageEntry* table = _root;
        for (int level = PageLevel.Root; level > target; level--)
        {
            PageEntry* entry = table + PageLevel.Index(input, level);
            if (entry->IsPresent && entry->IsLeaf(level))
            {
                return null;
            }

            if (!TryOpen(entry, out table))
            {
                Undo(input & ~PageLevel.OffsetMask(target), (input | PageLevel.OffsetMask(target)) + 1);
                return null;
            }
        }

        return target == PageLevel.Page4K ? Descend(input, out _) : table + PageLevel.Index(input, target);
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
            else if (!TryOpen(entry, out PageEntry* below) || !Fill(below, level - 1, start, next, output, template))
            {
                return false;
            }
        }

        return true;
    }

    // The table below an entry that is no leaf, made if there is none.
    private bool TryOpen(PageEntry* entry, out PageEntry* below)
    {
        if (entry->IsPresent)
        {
            below = TableOf(entry);
            return true;
        }

        below = null;
        if (!_pool->TryAllocateCleared(_owner, out Hpa frame))
        {
            return false;
        }

        _tables++;
        *entry = PageEntry.ToTable(frame);
        below = (PageEntry*)frame.Pointer;
        return true;
    }

    // The processor never saw what is taken away here.
    private void Undo(ulong start, ulong end)
    {
        bool isStale = _isStale;
        ClearVisitor clear = default;
        Walk(start, end, ref clear);
        Prune(_root, PageLevel.Root, start, end, all: false);
        _isStale = isStale;
    }

    private struct AnyVisitor : IPageVisitor
    {
        public bool Found;

        public bool Visit(ref PageEntry leaf, ulong input, int level)
        {
            Found = true;
            return false;
        }
    }

    private struct ClearVisitor : IPageVisitor
    {
        public readonly bool Visit(ref PageEntry leaf, ulong input, int level)
        {
            leaf = default;
            return true;
        }
    }
}
