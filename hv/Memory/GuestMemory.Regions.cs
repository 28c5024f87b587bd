// Laying guest memory out, counting it, and giving it back. Identity ranges are marked as lent in the map of physical
// memory, so that no second guest is given the same frames.

namespace MinusOne.Hv.Memory;

// What is mapped, in pages of 4 KiB by where their frames come from, and by the size of leaves.
internal struct GuestMemoryUse
{
    public ulong Identity;
    public ulong Substituted;
    public PageStatistics Leaves;

    public readonly ulong Pages => Identity + Substituted;
}

internal unsafe partial struct GuestMemory
{
    public GuestMemoryUse Use
    {
        get
        {
            GuestMemoryUse use = default;
            foreach (ref readonly GuestExtent extent in Extents)
            {
                ulong before = use.Leaves.Pages;
                _table.Walk(extent.Start.Value, extent.End.Value, ref use.Leaves);
                ulong pages = use.Leaves.Pages - before;
                use.Identity += extent.Backing == GuestBacking.Identity ? pages : 0;
                use.Substituted += extent.Backing == GuestBacking.Substitute ? pages : 0;
            }

            return use;
        }
    }

    public RegionStatus AddRegion(GuestRegionKind kind, Gpa start, ulong length)
    {
        const ulong Limit = PageTable.InputLimit;
        bool wholePages = length != 0 && ((start.Value | length) & 0xFFF) == 0;
        if (!wholePages || start.Value >= Limit || length > Limit - start.Value)
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

        if (added > MaximumExtents - _count)
        {
            return RegionStatus.TooFragmented;
        }

        return Insert(index, added, kind, start, end) ? RegionStatus.Added : RegionStatus.TooFragmented;
    }

    // Every frame goes back: pages, tables and the list of extents. False: the map of physical memory had no room to
    // say that identity ranges are free again; no frame is lost by it.
    public bool Release()
    {
        if (_extents == null)
        {
            return true;
        }

        FreeVisitor free = new(_pool);
        foreach (ref readonly GuestExtent extent in Extents)
        {
            if (extent.Backing == GuestBacking.Substitute)
            {
                _table.Walk(extent.Start.Value, extent.End.Value, ref free);
            }
        }

        _table.Release();
        bool returned = ReturnIdentity(0, _count);
        _pool->Free(new(_extents), FrameOwner.Hypervisor);
        this = default;
        return returned;
    }

    private bool Insert(int index, int added, GuestRegionKind kind, Gpa start, Gpa end)
    {
        for (int i = _count - 1; i >= index; i--)
        {
            _extents[i + added] = _extents[i];
        }

        _count += added;
        bool lent = true;
        Gpa at = start;
        for (int i = index; i < index + added; i++)
        {
            GuestExtent extent = NextExtent(kind, at, end);
            _extents[i] = extent;
            at = extent.End;
        }

        for (int i = index; lent && i < index + added; i++)
        {
            lent = _extents[i].Backing != GuestBacking.Identity || Lend(_extents[i], PhysicalKind.Lent);
            if (!lent)
            {
                ReturnIdentity(index, i);
                Remove(index, added);
            }
        }

        return lent;
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
            returned &= _extents[i].Backing != GuestBacking.Identity || Lend(_extents[i], PhysicalKind.Usable);
        }

        return returned;
    }

    private readonly bool Lend(in GuestExtent extent, PhysicalKind kind) =>
        _physical->TrySet(new(extent.Start.Value), new(extent.End.Value), kind);

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
            Template = PageEntry.Template(_features.Format, new(rights, type)),
            Denied = PageRights.All & ~rights,
            Backing = backing,
            Host = host,
        };
    }

    private readonly struct FreeVisitor(FramePool* pool) : IPageVisitor
    {
        private readonly FramePool* _pool = pool;

        public bool Visit(ref PageEntry leaf, ulong input, int level)
        {
            _pool->Free(leaf.Frame(level), FrameOwner.GuestPage);
            return true;
        }
    }
}
