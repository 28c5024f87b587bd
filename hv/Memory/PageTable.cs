// A hierarchy of four levels of tables, of any format: builder, walker and changer. Tables come from the frame pool and
// go back as soon as they are empty. An operation happens completely or changes no translation. Input addresses are
// plain numbers here, because guest-physical and linear ones are treated alike.
// When processors must be told of a change, and which table may be used again, says README.md.
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
    private FrameOwner _owner;
    private PageFormat _format;
    private byte _largestLeaf;

    public readonly Hpa Root => new(_root);

    // Frames that the hierarchy occupies, the root included.
    public uint Tables { readonly get; private set; }

    // A processor may remember what is no longer so, and has not been told yet.
    public bool IsStale { readonly get; set; }

    // Others than the processor that we run on use the table at the same time: they stop before something is taken from
    // it, and have forgotten it before they go on. Null: nobody.
    public delegate*<void*, void> Stop;
    public void* User;

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
        Tables = 1;
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

    public Translation Translate(ulong input)
    {
        int level = 0;
        PageEntry* entry = input < InputLimit ? Lookup(input, out level) : null;
        return entry == null || !entry->IsPresent ? default : new(
            entry->Frame(level) + (input & PageLevel.OffsetMask(level)), entry->Attributes(_format),
            entry->Use(_format), level);
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

    // Room for one page less in the level-1 table that was looked up last: so many it takes one by one. False: none.
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

    // The first leaf that is present from an address on, and the first address that it maps there. Null: none before
    // the end. The next one is searched from Behind on.
    public PageEntry* Next(ref ulong input, ulong end, out int level)
    {
        for (level = PageLevel.Page4K; input < end; input = Behind(input, level))
        {
            PageEntry* entry = Lookup(input, out level);
            if (entry->IsPresent)
            {
                return entry;
            }
        }

        return null;
    }

    public static ulong Behind(ulong input, int level) => (input | PageLevel.OffsetMask(level)) + 1;

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
        Tables--;
    }

    private static bool IsEmpty(PageEntry* table)
    {
        int i = 0;
        while (i < PageLevel.EntriesPerTable && !table[i].IsPresent)
        {
            i++;
        }

        return i == PageLevel.EntriesPerTable;
    }

    private static PageEntry* TableOf(PageEntry* entry) => (PageEntry*)entry->Table.Pointer;
    private static ulong NextBoundary(ulong start, ulong end, int level) => Math.Min(Behind(start, level), end);

    public static bool IsRange(ulong start, ulong length) =>
        length != 0 && ((start | length) & 0xFFF) == 0 && start < InputLimit && length <= InputLimit - start;
}
