// Reading and writing guest memory from the host: loaders, devices, guest page walks. Pages are mapped on the way as if
// the guest had touched them. Addresses and lengths may come from the guest; every page is looked up. If a page is
// refused, the bytes before it are copied. Accessed and dirty flags are left alone: they tell what the guest did.
namespace MinusOne.Hv.Memory;

internal unsafe partial struct GuestMemory
{
    // Mapped: all of it was read.
    public Resolution Read(Gpa address, Span<byte> destination) => Copy(address, destination, PageRights.Read);

    public Resolution Load(Gpa address, ReadOnlySpan<byte> source) =>
        Copy(
            address, MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(source), source.Length), PageRights.Write);

    private Resolution Copy(Gpa address, Span<byte> own, PageRights access)
    {
        Resolution result = Resolution.Mapped;
        while (!own.IsEmpty && (result = TryReach(address, access, out byte* host)) == Resolution.Mapped)
        {
            Span<byte> part = own.Slice(0, Math.Min(own.Length, 0x1000 - (int)address.PageOffset));
            var page = new Span<byte>(host, part.Length);
            (access == PageRights.Write ? part : page).CopyTo(access == PageRights.Write ? page : part);
            own = own.Slice(part.Length);
            address += (ulong)part.Length;
        }

        return result;
    }

    // A page where no memory is, for a moment: it is no region's, and nobody counts it. False: no frame for it.
    public bool TryStandIn(Gpa page, out Hpa frame)
    {
        var attributes = new PageAttributes(PageRights.ReadWrite, MemoryType.WriteBack);
        bool isThere = _pool->TryAllocateCleared(FrameOwner.Hypervisor, out frame)
            && _table.Map(page.Value, 0x1000, frame, attributes) == TableStatus.Done;
        if (!isThere)
        {
            _pool->Free(frame, FrameOwner.Hypervisor);
        }

        return isThere;
    }

    public void TakeBack(Gpa page, Hpa frame)
    {
        _table.Unmap(page.Value, 0x1000);
        _pool->Free(frame, FrameOwner.Hypervisor);
    }

    // The place of the byte in the host's memory; valid up to the end of its page, as long as nothing is unmapped.
    // What is mapped with these rights needs no look at the extents.
    public Resolution TryReach(Gpa address, PageRights access, out byte* host)
    {
        host = null;
        if (address.Value >= PageTable.InputLimit)
        {
            return Resolution.IllegalAddress;
        }

        PageEntry* entry = _table.Lookup(address.Value, out int level);
        if ((access & ~entry->Access) != 0)
        {
            Resolution result = Resolve(address, access);
            if (result is not (Resolution.Mapped or Resolution.AlreadyMapped))
            {
                return result;
            }

            entry = _table.Lookup(address.Value, out level);
        }

        *entry = entry->Reached(access);
        host = (byte*)(entry->Frame(level) + (address.Value & PageLevel.OffsetMask(level))).Pointer;
        return Resolution.Mapped;
    }
}
