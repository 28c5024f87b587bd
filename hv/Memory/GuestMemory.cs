// A guest's physical memory: regions whose pages are mapped when they are first touched. A page is backed by the frame
// at the same address where that is ours to give, and by a frame of the pool where it is not: the firmware still owns
// it, the hypervisor is there, or another guest has it. Which is which is worked out once, when a region is added: a
// fault looks at the extent and the page table it hit last, writes one entry, and is done. An access that cannot be
// granted is told from the others, and never ends in more than a status.
namespace MinusOne.Hv.Memory;

// What a processor can do with a second-level table, as far as a guest may have it.
internal struct SecondLevelFeatures
{
    public PageFormat Format;

    // Its level.
    public byte LargestLeaf;

    // Large leaves may be executed.
    public bool HasLargeCode;
}

// What became of an access to guest memory that the second-level table did not let through, or that we make.
internal enum Resolution : byte
{
    // It can be made now.
    Mapped,

    // It could be made all the time: the guest may try again.
    AlreadyMapped,

    // A device's range.
    Device,

    // No region has this address.
    IllegalAddress,

    // Mapped, with fewer rights than the region has: somebody watches this page.
    Protected,

    // The guest has as many pages as it may have.
    QuotaExhausted,

    // No frame left for the page, or for a table.
    OutOfFrames,
    TablesExhausted,
}

internal unsafe partial struct GuestMemory
{
    private PageTable _table;
    private FramePool* _pool;

    // The extent that was used last.
    private GuestExtent* _last;
    private ulong _quotaLeft;
    private SecondLevelFeatures _features;

    // Sorted; in a frame of the pool.
    private GuestExtent* _extents;
    private int _count;
    private PhysicalMap* _physical;
    private Mtrr* _mtrr;

    // GuestMemory.Large.cs: a bit for each page from the window's first one on, if it is clear and nobody has had it
    // since; and the page that was touched last.
    private ulong _ahead;
    private Hpa _window;
    private Hpa _touched;

    // The second-level table: guest-physical addresses to the host's.
    [UnscopedRef]
    public ref PageTable Table => ref _table;

    // The processor must be told before it enters the guest, and Flushed be called.
    public readonly bool IsStale => _table.IsStale;

    // Counts how often the processor was told: as long as it stays, nothing that was mapped has changed, and the host's
    // addresses of guest memory are good.
    public ulong Changes { readonly get; private set; }

    public readonly ReadOnlySpan<GuestExtent> Extents => new(_extents, _count);
    private static int MaximumExtents => 0x1000 / sizeof(GuestExtent);

    // False: no frames to start with. What the pointers lead to must outlive the guest.
    public bool Initialize(
        FramePool* pool, PhysicalMap* physical, Mtrr* mtrr, SecondLevelFeatures features, ulong quota)
    {
        this = default;
        if (!_table.Initialize(pool, FrameOwner.SecondLevelTable, features.Format, features.LargestLeaf)
            || !pool->TryAllocateCleared(FrameOwner.Hypervisor, out Hpa extents))
        {
            _table.Release();
            return false;
        }

        _pool = pool;
        _physical = physical;
        _mtrr = mtrr;
        _features = features;
        _quotaLeft = quota;

        // The root's frame may have been an earlier guest's root, and translations are remembered under its address.
        _table.IsStale = true;

        // The first one is empty until a region is added, so `_last` always leads somewhere.
        _extents = (GuestExtent*)extents.Pointer;
        _last = _extents;
        return true;
    }

    public void Flushed()
    {
        _table.IsStale = false;
        Changes++;
    }

    // Makes an access possible that faulted, or says why not.
    public Resolution Resolve(Gpa address, PageRights access)
    {
        if (!TryFind(address, out GuestExtent* extent))
        {
            return Resolution.IllegalAddress;
        }

        if ((access & extent->Denied) != 0)
        {
            return Resolution.Device;
        }

        PageEntry* entry = _table.Lookup(address.Value, out int level);
        if (entry->IsPresent)
        {
            PageRights rights = entry->Attributes(_features.Format).Rights;
            return (access & ~rights) == 0 ? Resolution.AlreadyMapped
                : IsLargeCode(access, rights) ? SplitForCode(address)
                : Resolution.Protected;
        }

        if (level != PageLevel.Page4K)
        {
            return MapWithTables(extent, address);
        }

        bool isDense = !_table.TryTakeRoom();
        return (isDense && TryMapBlock(extent, entry, address)) || TryMap(extent, entry, address)
            ? Resolution.Mapped
            : WhyNoFrame;
    }

    // The short way for a page whose table exists and has room. False: nothing was done, Resolve says why.
    public bool TryMapPage(Gpa address, PageRights access)
    {
        GuestExtent* extent = _last;
        if (address - extent->Start >= extent->Length || (access & extent->Denied) != 0)
        {
            return false;
        }

        PageEntry* entry = _table.Lookup(address.Value, out int level);
        return level == PageLevel.Page4K && !entry->IsPresent && _table.TryTakeRoom() && TryMap(extent, entry, address);
    }

    private readonly Resolution WhyNoFrame => _quotaLeft == 0 ? Resolution.QuotaExhausted : Resolution.OutOfFrames;

    // The table of this page exists.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryMap(GuestExtent* extent, PageEntry* entry, Gpa address)
    {
        if (!TryTakeFrame(extent, address, out Hpa frame))
        {
            return false;
        }

        *entry = PageEntry.ToLeaf(extent->Template, frame, PageLevel.Page4K);
        _quotaLeft--;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Resolution MapWithTables(GuestExtent* extent, Gpa address)
    {
        if (!TryTakeFrame(extent, address, out Hpa frame))
        {
            return WhyNoFrame;
        }

        uint room = RoomFor(extent, address);
        PageEntry* entry = _table.Open(address.Value);
        if (entry == null)
        {
            // An identity frame is none of the pool's, which leaves it alone.
            _pool->Free(frame, FrameOwner.GuestPage);
            return Resolution.TablesExhausted;
        }

        *entry = PageEntry.ToLeaf(extent->Template, frame, PageLevel.Page4K);
        _quotaLeft--;
        _table.SetRoom(room);
        if (room == 0)
        {
            TryMapBlock(extent, entry, address);
        }

        return Resolution.Mapped;
    }

    // A clear one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTakeFrame(GuestExtent* extent, Gpa address, out Hpa frame)
    {
        frame = new(address.Page.Value);
        if (_quotaLeft == 0)
        {
            return false;
        }

        if (extent->Backing != GuestBacking.Identity)
        {
            frame = TakeSubstitute();
            return frame.Value != 0;
        }

        if (!TakeCleared(frame))
        {
            Cpu.ClearFrame(frame.Pointer);
        }

        return true;
    }

    // 0: there is none.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly Hpa TakeSubstitute() =>
        _pool->TryAllocateCleared(FrameOwner.GuestPage, out Hpa frame) ? frame : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryFind(Gpa address, out GuestExtent* extent)
    {
        extent = _last;
        return address - extent->Start < extent->Length || TrySearch(address, out extent);
    }

    private bool TrySearch(Gpa address, out GuestExtent* extent)
    {
        for (int i = 0; i < _count; i++)
        {
            extent = _extents + i;
            if (address - extent->Start < extent->Length)
            {
                _last = extent;
                return true;
            }
        }

        extent = null;
        return false;
    }
}
