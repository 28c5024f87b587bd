// A hierarchy of four levels of tables: builder, walker and changer for every kind of entry that IPageEntry describes.
// Tables come from the frame pool and go back as soon as they are empty. An operation happens completely or changes no
// translation. Input addresses are plain numbers here, because guest-physical and linear ones are treated alike; the
// owners (Ept) have types.
//
// The rule of invalidation, kept in this one type: a leaf that was not present before may be used at once, because
// processors do not remember what is not present; every other change of a leaf or of the tables sets NeedsInvalidation,
// and its owner tells the processor before the tables are used again. Freed tables may be reused at once, because the
// processor that might still remember them is the one running this code.

using System.Runtime.CompilerServices;

namespace MinusOne.Hv.Memory;

internal unsafe partial struct PageTable<TEntry>
    where TEntry : unmanaged, IPageEntry<TEntry>
{
    public const ulong InputLimit = 1UL << 48;
    public const ulong OutputLimit = 1UL << 52;
    private const ulong NoTag = ulong.MaxValue;

    private TEntry* _root;
    private FramePool* _pool;

    // The level-1 table that was used last, and the 2 MiB of input it maps: most faults are near the one before.
    private TEntry* _lastTable;
    private ulong _lastTag;
    private uint _tables;
    private FrameOwner _owner;
    private byte _largestLeaf;
    private bool _needsInvalidation;

    public readonly Hpa Root => new(_root);

    // Frames that the hierarchy occupies, the root included.
    public readonly uint Tables => _tables;

    public readonly bool NeedsInvalidation => _needsInvalidation;

    // False: no frame for the root.
    public bool Initialize(FramePool* pool, FrameOwner owner, int largestLeaf)
    {
        this = default;
        if (!pool->TryAllocateCleared(owner, out Hpa root))
        {
            return false;
        }

        _root = (TEntry*)root.Pointer;
        _pool = pool;
        _owner = owner;
        _largestLeaf = (byte)largestLeaf;
        _tables = 1;
        _lastTag = NoTag;
        return true;
    }

    // Gives every table back. What the leaves point to is not the tables' to free.
    public void Release()
    {
        if (_root != null)
        {
            Prune(_root, PageLevel.Root, 0, InputLimit, all: true);
            FreeTable(_root);
            _root = null;
        }
    }

    public void RequireInvalidation() => _needsInvalidation = true;

    // For the owner, after it has told the processor.
    public void ClearNeedsInvalidation() => _needsInvalidation = false;

    public Translation Translate(ulong input)
    {
        if (input >= InputLimit)
        {
            return default;
        }

        TEntry* entry = Lookup(input, out int level);
        if (!entry->IsPresent)
        {
            return default;
        }

        Hpa address = entry->Frame(level) + (input & PageLevel.OffsetMask(level));
        return new(address, entry->Attributes(level), entry->Use, level);
    }

    // The entry that decides over an input address below the limit: its leaf, or the highest entry that is not present.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TEntry* Lookup(ulong input, out int level)
    {
        if (input >> PageLevel.Shift(PageLevel.Page2M) == _lastTag)
        {
            level = PageLevel.Page4K;
            return _lastTable + PageLevel.Index(input, PageLevel.Page4K);
        }

        return Descend(input, out level);
    }

    // Shows every present leaf that overlaps the range.
    public void Walk<TVisitor>(ulong start, ulong end, ref TVisitor visitor)
        where TVisitor : struct, IPageVisitor<TEntry>
    {
        if (start < end && end <= InputLimit)
        {
            Visit(_root, PageLevel.Root, start, end, ref visitor);
        }
    }

    private TEntry* Descend(ulong input, out int level)
    {
        TEntry* table = _root;
        for (level = PageLevel.Root; level > PageLevel.Page4K; level--)
        {
            TEntry* entry = table + PageLevel.Index(input, level);
            if (!entry->IsPresent || entry->IsLeaf(level))
            {
                return entry;
            }

            table = TableOf(entry);
        }

        _lastTable = table;
        _lastTag = input >> PageLevel.Shift(PageLevel.Page2M);
        return table + PageLevel.Index(input, PageLevel.Page4K);
    }

    private bool Visit<TVisitor>(TEntry* table, int level, ulong start, ulong end, ref TVisitor visitor)
        where TVisitor : struct, IPageVisitor<TEntry>
    {
        for (ulong next; start < end; start = next)
        {
            next = NextBoundary(start, end, level);
            TEntry* entry = table + PageLevel.Index(start, level);
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
            _needsInvalidation |= entry->Raw != before;
            if (!goOn)
            {
                return false;
            }
        }

        return true;
    }

    // Gives back the tables in the range that hold nothing any more, or all of them.
    private void Prune(TEntry* table, int level, ulong start, ulong end, bool all)
    {
        for (ulong next; start < end; start = next)
        {
            next = NextBoundary(start, end, level);
            TEntry* entry = table + PageLevel.Index(start, level);
            if (!entry->IsPresent || entry->IsLeaf(level))
            {
                continue;
            }

            TEntry* below = TableOf(entry);
            Prune(below, level - 1, start, next, all);
            if (all || IsEmpty(below))
            {
                *entry = default;
                FreeTable(below);
            }
        }
    }

    private void FreeTable(TEntry* table)
    {
        if (_lastTable == table)
        {
            _lastTag = NoTag;
        }

        _pool->Free(new(table), _owner);
        _tables--;
    }

    private static bool IsEmpty(TEntry* table)
    {
        for (int i = 0; i < PageLevel.EntriesPerTable; i++)
        {
            if (table[i].IsPresent)
            {
                return false;
            }
        }

        return true;
    }

    private static TEntry* TableOf(TEntry* entry) => (TEntry*)entry->Table.Pointer;

    private static ulong NextBoundary(ulong start, ulong end, int level)
    {
        ulong boundary = (start | PageLevel.OffsetMask(level)) + 1;
        return boundary < end ? boundary : end;
    }

    private static bool IsRange(ulong start, ulong length) =>
        length != 0 && ((start | length) & 0xFFF) == 0 && start < InputLimit && length <= InputLimit - start;
}
