// Looking at what is mapped.

namespace MinusOne.Hv.Memory;

// What an address leads to, and through which leaf.
internal readonly struct Translation(Hpa address, PageAttributes attributes, PageUse use, int level)
{
    public readonly Hpa Address = address;
    public readonly PageAttributes Attributes = attributes;
    public readonly PageUse Use = use;

    // Level of the leaf; 0: nothing is mapped there.
    public readonly byte Level = (byte)level;

    public bool IsMapped => Level != 0;
}

// Sees every leaf of a walk in ascending order, and may change it: the walker notices. Implemented by structs, so that
// the walker is compiled for each.
internal interface IPageVisitor
{
    // `input` is the first address the leaf maps. False ends the walk.
    bool Visit(ref PageEntry leaf, ulong input, int level);
}

// Leaves by size.
internal struct PageStatistics : IPageVisitor
{
    public ulong Pages4K;
    public ulong Pages2M;
    public ulong Pages1G;

    // In pages of 4 KiB.
    public readonly ulong Pages => Pages4K + (Pages2M << 9) + (Pages1G << 18);

    public bool Visit(ref PageEntry leaf, ulong input, int level)
    {
        Pages4K += level == PageLevel.Page4K ? 1UL : 0;
        Pages2M += level == PageLevel.Page2M ? 1UL : 0;
        Pages1G += level == PageLevel.Page1G ? 1UL : 0;
        return true;
    }
}

internal unsafe partial struct PageTable
{
    public Translation Translate(ulong input)
    {
        if (input >= InputLimit)
        {
            return default;
        }

        PageEntry* entry = Lookup(input, out int level);
        if (!entry->IsPresent)
        {
            return default;
        }

        Hpa address = entry->Frame(level) + (input & PageLevel.OffsetMask(level));
        return new(address, entry->Attributes(_format), entry->Use(_format), level);
    }

    // The entry that decides over an input address below the limit: its leaf, or the highest entry that is not present.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PageEntry* Lookup(ulong input, out int level)
    {
        if (input >> PageLevel.Shift(PageLevel.Page2M) == _lastTag)
        {
            level = PageLevel.Page4K;
            return _lastTable + PageLevel.Index(input, PageLevel.Page4K);
        }

        return Descend(input, out level);
    }

    // Room for one page less in the level-1 table that was looked up last: so many pages it takes one by one. False:
    // there is none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryTakeRoom()
    {
        ulong room = _lastAbove->Raw, left = room - PageEntry.OneRoom;
        if (left > room)
        {
            return false;
        }

        *_lastAbove = new(left);
        return true;
    }

    public readonly void SetRoom(uint pages) => *_lastAbove = PageEntry.ToTable(new(_lastTable), pages);

    // Shows every present leaf that overlaps the range.
    public void Walk<TVisitor>(ulong start, ulong end, ref TVisitor visitor)
        where TVisitor : struct, IPageVisitor
    {
        if (start < end && end <= InputLimit)
        {
            Visit(_root, PageLevel.Root, start, end, ref visitor);
        }
    }

    private PageEntry* Descend(ulong input, out int level)
    {
        PageEntry* table = _root, entry = null;
        for (level = PageLevel.Root; level > PageLevel.Page4K; level--)
        {
            entry = table + PageLevel.Index(input, level);
            if (!entry->IsPresent || entry->IsLeaf(level))
            {
                return entry;
            }

            table = TableOf(entry);
        }

        _lastTable = table;
        _lastAbove = entry;
        _lastTag = input >> PageLevel.Shift(PageLevel.Page2M);
        return table + PageLevel.Index(input, PageLevel.Page4K);
    }

    private bool Visit<TVisitor>(PageEntry* table, int level, ulong start, ulong end, ref TVisitor visitor)
        where TVisitor : struct, IPageVisitor
    {
        for (ulong next; start < end; start = next)
        {
            next = NextBoundary(start, end, level);
            PageEntry* entry = table + PageLevel.Index(start, level);
            if (!entry->IsPresent)
            {
                continue;
            }

            if (!entry->IsLeaf(level))
            {
                if (!Visit(TableOf(entry), level - 1, start, next, ref visitor))
                {
                    return false;
                }

                continue;
            }

            ulong before = entry->Raw;
            bool goOn = visitor.Visit(ref *entry, start & ~PageLevel.OffsetMask(level), level);
            _isStale |= entry->Raw != before;
            if (!goOn)
            {
                return false;
            }
        }

        return true;
    }
}
