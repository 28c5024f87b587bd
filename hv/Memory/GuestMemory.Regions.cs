// Laying guest memory out - regions as they are asked for, extents as they can be had -, and giving it back. Identity
// ranges are marked as lent in the map of physical memory, so that no second guest is given the same frames.
namespace MinusOne.Hv.Memory;

// What the guest finds in a range of its physical addresses.
internal enum GuestRegionKind : byte
{
    Ram,

    // Never mapped: every access comes to the hypervisor.
    Device,
}

// The origin of the frames of a part of guest memory.
internal enum GuestBacking : byte
{
    // None: a device.
    Nothing,

    // The frame at the same address.
    Identity,

    // A frame of the pool, because the one at the same address is not ours to give.
    Substitute,
}

// How adding a region to guest memory ends. Anything but Added changes nothing.
internal enum RegionStatus : byte
{
    Added,

    // Not whole pages, empty, or beyond what EPT can address.
    BadRange,

    // Some of it belongs to a region already.
    Overlap,

    // The list of extents, or that of physical memory, is full.
    TooFragmented,
}

// A part of a guest's memory that one kind of frame backs: what a fault needs to know, worked out with the region.
internal struct GuestExtent
{
    public Gpa Start;
    public ulong Length;

    // A leaf of this extent, without its frame.
    public PageEntry Template;

    // What is not for the guest to do here without the hypervisor.
    public PageRights Denied;
    public GuestBacking Backing;

    // What the frames at the same addresses are; the reason of a substitute.
    public PhysicalKind Host;

    public readonly Gpa End => Start + Length;
}

internal unsafe partial struct GuestMemory
{
    public RegionStatus AddRegion(GuestRegionKind kind, Gpa start, ulong length)
    {
        if (!PageTable.IsRange(start.Value, length))
        {
            return RegionStatus.BadRange;
        }

        int index = 0;
        while (index < _count && _extents[index].End <= start)
        {
            index++;
        }

        Gpa end = start + length;
        if (index < _count && _extents[index].Start < end)
        {
            return RegionStatus.Overlap;
        }

        int added = 0;
        for (Gpa at = start; at < end; added++)
        {
            at = NextExtent(kind, at, end).End;
        }

        return added <= MaximumExtents - _count && Insert(index, added, kind, start, end)
            ? RegionStatus.Added : RegionStatus.TooFragmented;
    }

    // The guest does without what it has in a range of RAM, all of one extent: the next touch finds a clear page. The
    // frames of the pool go back, and may be somebody else's before the processor is told: who calls this keeps no
    // address of the host's. False: it is no such range, or a large leaf could not be split; nothing was done.
    public bool TryDiscard(Gpa start, ulong length)
    {
        if (!PageTable.IsRange(start.Value, length) || !TryFind(start, out GuestExtent* extent)
            || extent->Backing == GuestBacking.Nothing || length > extent->End - start)
        {
            return false;
        }

        // A frame that others of the guest's processors can still reach must not be somebody else's already.
        _table.StopOthers();

        // Only identity leaves are large, so no frame has gone back if there is none for a table.
        ulong at = start.Value, end = at + length, pages = FreeFrames(at, end);
        bool isDone = _table.Unmap(at, length) == TableStatus.Done;
        _quotaLeft += isDone ? pages : 0;
        return isDone;
    }

    // Every frame goes back: pages, tables and the list of extents. False: the map of physical memory had no room to
    // say that identity ranges are free again; no frame is lost by it.
    public bool Release()
    {
        if (_extents == null)
        {
            return true;
        }

        foreach (ref readonly GuestExtent extent in Extents)
        {
            FreeFrames(extent.Start.Value, extent.End.Value);
        }

        _table.Release();
        bool returned = ReturnIdentity(0, _count);
        _pool->Free(new(_extents), FrameOwner.Hypervisor);
        this = default;
        return returned;
    }

    // How many pages are mapped there. A frame of identity memory is none of the pool's, which leaves it alone.
    private ulong FreeFrames(ulong at, ulong end)
    {
        ulong pages = 0;
        for (PageEntry* leaf; (leaf = _table.Next(ref at, end, out int level)) != null;)
        {
            ulong next = Math.Min(PageTable.Behind(at, level), end);
            pages += (next - at) >> 12;
            at = next;
            _pool->Free(leaf->Frame(level), FrameOwner.GuestPage);
        }

        return pages;
    }

    private bool Insert(int index, int added, GuestRegionKind kind, Gpa start, Gpa end)
    {
        for (int i = _count - 1; i >= index; i--)
        {
            _extents[i + added] = _extents[i];
        }

        _count += added;
        for (int i = index; i < index + added; i++)
        {
            _extents[i] = NextExtent(kind, start, end);
            start = _extents[i].End;
            if (!TryLend(_extents[i], PhysicalKind.Lent))
            {
                ReturnIdentity(index, i);
                Remove(index, added);
                return false;
            }
        }

        return true;
    }

    private void Remove(int index, int removed)
    {
        for (int i = index + removed; i < _count; i++)
        {
            _extents[i - removed] = _extents[i];
        }

        _count -= removed;

        // `_last` may lead there: the first one is empty again if no region is left.
        _extents[_count] = default;
    }

    private readonly bool ReturnIdentity(int first, int end)
    {
        bool returned = true;
        for (int i = first; i < end; i++)
        {
            returned &= TryLend(_extents[i], PhysicalKind.Usable);
        }

        return returned;
    }

    private readonly bool TryLend(in GuestExtent extent, PhysicalKind kind) =>
        extent.Backing != GuestBacking.Identity
            || _physical->TrySet(new(extent.Start.Value), new(extent.End.Value), kind);

    // What a region holds from an address on, as far as it is all of one sort.
    private readonly GuestExtent NextExtent(GuestRegionKind kind, Gpa start, Gpa end)
    {
        GuestBacking backing = GuestBacking.Nothing;
        MemoryType type = MemoryType.WriteBack;
        PhysicalKind host = PhysicalKind.Unlisted;
        if (kind != GuestRegionKind.Device)
        {
            PhysicalRange range = _physical->RangeAt(new(start.Value));
            Hpa limit = new(range.End.Value < end.Value ? range.End.Value : end.Value);
            backing = range.Kind == PhysicalKind.Usable ? GuestBacking.Identity : GuestBacking.Substitute;
            limit = backing == GuestBacking.Identity ? _mtrr->UniformEnd(new(start.Value), limit, out type) : limit;
            host = range.Kind;
            end = new(limit.Value);
        }

        PageRights rights = kind == GuestRegionKind.Ram ? PageRights.All : PageRights.None;
        return new()
        {
            Start = start,
            Length = end - start,
            Template = PageEntry.Template(_features.Format, new(rights, type)).Reached(PageRights.Write),
            Denied = PageRights.All & ~rights,
            Backing = backing,
            Host = host,
        };
    }
}
