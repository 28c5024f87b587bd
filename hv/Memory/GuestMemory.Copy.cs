// Reading and writing guest memory from the host: loaders, devices, guest page walks. Pages are mapped on the way as if
// the guest had touched them. Addresses and lengths may come from the guest; every page is looked up. If a page is
// refused, the bytes before it are copied. The accessed and dirty flags of the tables are left alone: they tell what
// the guest did.

namespace MinusOne.Hv.Memory;

internal unsafe partial struct GuestMemory
{
    // Mapped: all of it was read.
    public Resolution Read(Gpa address, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            Resolution result = TryReach(address, PageRights.Read, out byte* host);
            if (result != Resolution.Mapped)
            {
                return result;
            }

            int count = Math.Min(destination.Length, 0x1000 - (int)address.PageOffset);
            new ReadOnlySpan<byte>(host, count).CopyTo(destination);
            destination = destination.Slice(count);
            address += (ulong)count;
        }

        return Resolution.Mapped;
    }

    public Resolution Load(Gpa address, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            Resolution result = TryReach(address, PageRights.Write, out byte* host);
            if (result != Resolution.Mapped)
            {
                return result;
            }

            int count = Math.Min(source.Length, 0x1000 - (int)address.PageOffset);
            source.Slice(0, count).CopyTo(new Span<byte>(host, count));
            source = source.Slice(count);
            address += (ulong)count;
        }

        return Resolution.Mapped;
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

        host = (byte*)(entry->Frame(level) + (address.Value & PageLevel.OffsetMask(level))).Pointer;
        return Resolution.Mapped;
    }
}
