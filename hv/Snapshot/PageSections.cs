// A guest's memory in a snapshot: only what has been touched, and of that what holds something, packed.
namespace MinusOne.Hv.Snapshot;

internal static unsafe class PageSections
{
    // The scratch is a page.
    public static void Save(ref SnapshotWriter writer, GuestMemory* memory, byte* scratch)
    {
        ulong zero = 0, zeroes = 0;
        var pages = TouchedPages.Of(memory);
        while (pages.MoveNext())
        {
            if (!TouchedPages.IsClear(pages.Content))
            {
                Save(ref writer, pages.Address, pages.Content, scratch);
                continue;
            }

            if (zero + (zeroes * SnapshotFormat.PageBytes) != pages.Address)
            {
                SaveZeroes(ref writer, zero, zeroes);
                (zero, zeroes) = (pages.Address, 0);
            }

            zeroes++;
        }

        SaveZeroes(ref writer, zero, zeroes);
    }

    private static void Save(ref SnapshotWriter writer, ulong address, byte* content, byte* scratch)
    {
        int packed = PagePacking.Pack(content, scratch);
        int length = packed == 0 ? SnapshotFormat.PageBytes : packed;
        writer.Begin(SnapshotSection.Page, sizeof(ulong) + length);
        writer.Put(&address, sizeof(ulong));
        writer.Put(packed == 0 ? content : scratch, length);
        writer.End();
        writer.Pages++;
    }

    private static void SaveZeroes(ref SnapshotWriter writer, ulong address, ulong count)
    {
        if (count != 0)
        {
            var zeroes = new ZeroPages { Address = address, Count = count };
            writer.Whole(SnapshotSection.Zeroes, &zeroes, sizeof(ZeroPages));
        }
    }

    // Into the guest's memory, which is clear, or only to look at it. The section's content is so long.
    public static SnapshotTrouble Load(
        ref SnapshotReader reader, int length, GuestMemory* memory, byte* scratch, bool isGiven)
    {
        ulong address = 0;
        int packed = length - sizeof(ulong);
        SnapshotTrouble trouble = packed is <= 0 or > SnapshotFormat.PageBytes ? SnapshotTrouble.Damaged
            : reader.Read(&address, sizeof(ulong));
        trouble = trouble == SnapshotTrouble.None ? reader.Read(scratch, packed) : trouble;
        if (trouble != SnapshotTrouble.None || !IsRam(memory, address, 1))
        {
            return trouble == SnapshotTrouble.None ? SnapshotTrouble.OtherMemory : trouble;
        }

        byte* page = null;
        if (isGiven && memory->TryReach(new Gpa(address), PageRights.ReadWrite, out page) != Resolution.Mapped)
        {
            return SnapshotTrouble.BrokenOff;
        }

        var content = new ReadOnlySpan<byte>(scratch, packed);
        if (packed == SnapshotFormat.PageBytes)
        {
            content.CopyTo(new Span<byte>(page == null ? scratch : page, packed));
            return SnapshotTrouble.None;
        }

        return PagePacking.TryUnpack(content, page) ? SnapshotTrouble.None : SnapshotTrouble.Damaged;
    }

    public static SnapshotTrouble LoadZeroes(in ZeroPages zeroes, GuestMemory* memory, bool isGiven)
    {
        if (!IsRam(memory, zeroes.Address, zeroes.Count))
        {
            return SnapshotTrouble.OtherMemory;
        }

        for (ulong i = 0; isGiven && i < zeroes.Count; i++)
        {
            var page = new Gpa(zeroes.Address + (i * SnapshotFormat.PageBytes));
            if (memory->TryReach(page, PageRights.ReadWrite, out _) != Resolution.Mapped)
            {
                return SnapshotTrouble.BrokenOff;
            }
        }

        return SnapshotTrouble.None;
    }

    // Whole pages of the guest's.
    private static bool IsRam(GuestMemory* memory, ulong address, ulong count)
    {
        if ((address & (SnapshotFormat.PageBytes - 1)) != 0 || count == 0
            || count > PageTable.InputLimit / SnapshotFormat.PageBytes)
        {
            return false;
        }

        ulong left = count * SnapshotFormat.PageBytes;
        foreach (ref readonly GuestExtent extent in memory->Extents)
        {
            ulong offset = address - extent.Start.Value;
            if (extent.Backing != GuestBacking.Nothing && offset < extent.Length)
            {
                ulong part = Math.Min(left, extent.Length - offset);
                address += part;
                left -= part;
            }
        }

        return left == 0;
    }

    // The guest has no page any more.
    public static bool TryClear(ref GuestMemory memory)
    {
        bool isClear = true;
        foreach (ref readonly GuestExtent extent in memory.Extents)
        {
            isClear &= extent.Backing == GuestBacking.Nothing
                || memory.TryDiscard(extent.Start, extent.Length);
        }

        return isClear;
    }
}

// Pages that have been touched and hold nothing.
internal struct ZeroPages
{
    public ulong Address;
    public ulong Count;
}
