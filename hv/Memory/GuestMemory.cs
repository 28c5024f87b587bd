// A guest's physical memory: regions whose pages are mapped when they are first touched. A page is backed by the frame
// at the same address where that is ours to give, and by a frame of the pool where it is not: the firmware still owns
// it, the hypervisor is there, or another guest has it. Which is which is worked out once, when a region is added: a
// fault looks at the extent and the page table it hit last, writes one entry, and is done. An access that cannot be
// granted is told from the others, and never ends in more than a status.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;

namespace MinusOne.Hv.Memory;

internal unsafe partial struct GuestMemory
{
    private Ept _ept;
    private FramePool* _pool;

    // The extent that was used last.
    private GuestExtent* _last;
    private ulong _quotaLeft;
    private GuestMemoryOptions _options;

    // Sorted; in a frame of the pool.
    private GuestExtent* _extents;
    private int _count;
    private PhysicalMap* _physical;
    private Mtrr* _mtrr;
    private ulong _leaves2M;
    private ulong _leaves1G;

    // GuestMemory.Ahead.cs: a bit for each page from the window's first one on, if it is clear and nobody has had it
    // since; and the page that was touched last.
    private ulong _ahead;
    private Hpa _window;
    private Hpa _touched;

    [UnscopedRef]
    public ref Ept Ept => ref _ept;

    public readonly ReadOnlySpan<GuestExtent> Extents => new(_extents, _count);

    private static int MaximumExtents => 0x1000 / sizeof(GuestExtent);

    // False: no frames to start with. What the pointers lead to must outlive the guest.
    public bool Initialize(
        FramePool* pool,
        PhysicalMap* physical,
        Mtrr* mtrr,
        EptVpidCapabilities capabilities,
        in GuestMemoryOptions options)
    {
        this = default;
        if (!_ept.Initialize(pool, capabilities))
        {
            return false;
        }

        if (!pool->TryAllocateCleared(FrameOwner.Hypervisor, out Hpa extents))
        {
            _ept.Release();
            return false;
        }

        _pool = pool;
        _physical = physical;
        _mtrr = mtrr;
        _options = options;
        _quotaLeft = options.Quota;

        // The first one is empty until a region is added, so `_last` always leads somewhere.
        _extents = (GuestExtent*)extents.Pointer;
        _last = _extents;
        return true;
    }

    // Makes an access possible that faulted, or says why not.
    public Resolution Resolve(Gpa address, PageRights access)
    {
        if (!TryFind(address, out GuestExtent* extent))
        {
            return Resolution.IllegalAddress;
        }

        if ((access & ~extent->Rights) != 0)
        {
            return Resolution.Device;
        }

        EptEntry* entry = _ept.Table.Lookup(address.Value, out int level);
        if (entry->IsPresent)
        {
            return (access & ~entry->Rights) == 0 ? Resolution.AlreadyMapped : Resolution.Protected;
        }

        return level == PageLevel.Page4K ? MapPage(extent, entry, address) : MapWithTables(extent, address, level);
    }

    // The short way for a page whose table exists. False: nothing was done, Resolve says why.
    public bool TryMapPage(Gpa address, PageRights access)
    {
        GuestExtent* extent = _last;
        if (address - extent->Start >= extent->Length || (access & ~extent->Rights) != 0)
        {
            return false;
        }

        EptEntry* entry = _ept.Table.Lookup(address.Value, out int level);
        return level == PageLevel.Page4K && !entry->IsPresent
            && MapPage(extent, entry, address) == Resolution.Mapped;
    }

    // The tables of this page exist.
    private Resolution MapPage(GuestExtent* extent, EptEntry* entry, Gpa address)
    {
        Resolution result = TakeFrame(extent, address, out Hpa frame);
        if (result == Resolution.Mapped)
        {
            Commit(extent, entry, frame);
        }

        return result;
    }

    // Nothing is mapped yet in all that an entry of this level covers: a large leaf, or the missing tables and one
    // page.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Resolution MapWithTables(GuestExtent* extent, Gpa address, int level)
    {
        for (int leaf = Math.Min(level, _options.LargestLeaf); leaf > PageLevel.Page4K; leaf--)
        {
            if (IsLargeLeafPossible(extent, address, leaf))
            {
                return MapLarge(extent, address, leaf);
            }
        }

        Resolution result = TakeFrame(extent, address, out Hpa frame);
        if (result != Resolution.Mapped)
        {
            return result;
        }

        EptEntry* entry = _ept.Table.Open(address.Value, PageLevel.Page4K);
        if (entry != null)
        {
            Commit(extent, entry, frame);
            return Resolution.Mapped;
        }

        if (extent->Backing != GuestBacking.Identity)
        {
            _pool->Free(frame, FrameOwner.GuestPage);
        }

        return Resolution.TablesExhausted;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Resolution TakeFrame(GuestExtent* extent, Gpa address, out Hpa frame)
    {
        frame = new(address.Page.Value);
        if (_quotaLeft == 0)
        {
            return Resolution.QuotaExhausted;
        }

        if (extent->Backing != GuestBacking.Identity)
        {
            bool taken = _pool->TryAllocateCleared(FrameOwner.GuestPage, out frame);
            return taken ? Resolution.Mapped : Resolution.OutOfFrames;
        }

        if (!TakeCleared(frame))
        {
            Cpu.ClearFrame(frame.Pointer);
        }

        return Resolution.Mapped;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Commit(GuestExtent* extent, EptEntry* entry, Hpa frame)
    {
        *entry = new(extent->Template.Raw | frame.Value);
        extent->MappedPages++;
        _quotaLeft--;
    }

    private readonly bool IsLargeLeafPossible(GuestExtent* extent, Gpa address, int leaf)
    {
        ulong size = PageLevel.Size(leaf);
        ulong start = address.Value & ~(size - 1);
        return extent->Backing == GuestBacking.Identity
            && leaf <= _ept.LargestLeaf
            && size >> 12 <= _quotaLeft
            && start >= extent->Start.Value
            && start + size <= extent->End.Value;
    }

    private Resolution MapLarge(GuestExtent* extent, Gpa address, int leaf)
    {
        EptEntry* entry = _ept.Table.Open(address.Value, leaf);
        if (entry == null)
        {
            return Resolution.TablesExhausted;
        }

        ulong size = PageLevel.Size(leaf);
        Hpa frame = new(address.Value & ~(size - 1));
        for (ulong offset = 0; offset < size; offset += 0x1000)
        {
            Cpu.ClearFrame((frame + offset).Pointer);
        }

        *entry = EptEntry.ToLeaf(frame, extent->Template.Attributes(leaf), PageUse.None, leaf);
        extent->MappedPages += size >> 12;
        _quotaLeft -= size >> 12;
        _leaves2M += leaf == PageLevel.Page2M ? 1UL : 0;
        _leaves1G += leaf == PageLevel.Page1G ? 1UL : 0;
        return Resolution.Mapped;
    }

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
