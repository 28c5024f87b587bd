// A hierarchy of four levels of tables, of any format: builder, walker and changer. Tables come from the frame pool and
// go back as soon as they are empty. An operation happens completely or changes no translation. Input addresses are
// plain numbers here, because guest-physical and linear ones are treated alike.
//
// What processors remember, kept in this one type: a leaf that was not present before may be used at once, because
// processors do not remember what is not present; every other change of a leaf or of the tables makes them stale, and
// the processor is told (by INVEPT, in EPT) before it walks them again. Freed tables may be reused at once, because the
// processor that might still remember them is the one running this code.

namespace MinusOne.Hv.Memory;

// How an operation on tables ends. Anything but Done leaves every translation as it was.
internal enum TableStatus : byte
{
    Done,

    // No frame left for a table.
    OutOfTables,

    // Not whole pages, empty, or beyond what the tables can address.
    BadRange,

    // Rights or a memory type that this format cannot say.
    BadAttributes,

    // Map: something in the range is mapped already.
    AlreadyMapped,
}

internal unsafe partial struct PageTable
{
    public const ulong InputLimit = 1UL << 48;
    public const ulong OutputLimit = 1UL << 52;
    private const ulong NoTag = ulong.MaxValue;

    private PageEntry* _root;
    private FramePool* _pool;

    // The level-1 table that was used last, the entry that leads to it, and the 2 MiB of input it maps: most faults are
    // near the one before.
    private PageEntry* _lastTable;
    private PageEntry* _lastAbove;
    private ulong _lastTag;
    private uint _tables;
    private FrameOwner _owner;
    private PageFormat _format;
    private byte _largestLeaf;
    private bool _isStale;

    public readonly Hpa Root => new(_root);

    // Frames that the hierarchy occupies, the root included.
    public readonly uint Tables => _tables;

    // A processor may remember what is no longer so.
    public readonly bool IsStale => _isStale;

    // False: no frame for the root.
    public bool Initialize(FramePool* pool, FrameOwner owner, PageFormat format, int largestLeaf)
    {
        this = default;
        if (!pool->TryAllocateCleared(owner, out Hpa root))
        {
            return false;
        }

        _root = (PageEntry*)root.Pointer;
        _pool = pool;
        _owner = owner;
        _format = format;
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

    public void MarkStale() => _isStale = true;

    // The processor has been told.
    public void MarkFresh() => _isStale = false;

    // Gives back the tables in the range that hold nothing any more, or all of them.
    private void Prune(PageEntry* table, int level, ulong start, ulong end, bool all)
    {
        for (ulong next; start < end; start = next)
        {
            next = NextBoundary(start, end, level);
            PageEntry* entry = table + PageLevel.Index(start, level);
            if (!entry->IsPresent || entry->IsLeaf(level))
            {
                continue;
            }

            PageEntry* below = TableOf(entry);
            Prune(below, level - 1, start, next, all);
            if (all || IsEmpty(below))
            {
                *entry = default;
                FreeTable(below);
            }
        }
    }

    private void FreeTable(PageEntry* table)
    {
        if (_lastTable == table)
        {
            _lastTag = NoTag;
        }

        _pool->Free(new(table), _owner);
        _tables--;
    }

    private static bool IsEmpty(PageEntry* table)
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

    private static PageEntry* TableOf(PageEntry* entry) => (PageEntry*)entry->Table.Pointer;

    private static ulong NextBoundary(ulong start, ulong end, int level)
    {
        ulong boundary = (start | PageLevel.OffsetMask(level)) + 1;
        return boundary < end ? boundary : end;
    }

    private static bool IsRange(ulong start, ulong length) =>
        length != 0 && ((start | length) & 0xFFF) == 0 && start < InputLimit && length <= InputLimit - start;
}
