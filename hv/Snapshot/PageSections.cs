// A guest's memory in a snapshot: only what has been touched, and of a page only the words that hold something.
namespace MinusOne.Hv.Snapshot;

internal static unsafe class PageSections
{
    public static void Save(ref SnapshotWriter writer, ref GuestMemory memory)
    {
        ulong at = 0, zero = 0, zeroes = 0;
        for (PageEntry* leaf; (leaf = memory.Table.Next(ref at, PageTable.InputLimit, out int level)) != null;)
        {
            ulong end = PageTable.Behind(at, level);
            for (; at < end; at += SnapshotFormat.PageBytes)
            {
                var words = (ulong*)(leaf->Frame(level) + (at & PageLevel.OffsetMask(level))).Pointer;
                if (TrySave(ref writer, at, words))
                {
                    continue;
                }

                if (zero + (zeroes * SnapshotFormat.PageBytes) != at)
                {
                    SaveZeroes(ref writer, zero, zeroes);
                    (zero, zeroes) = (at, 0);
                }

                zeroes++;
            }
        }

        SaveZeroes(ref writer, zero, zeroes);
    }

    // False: there is nothing in it.
    private static bool TrySave(ref SnapshotWriter writer, ulong address, ulong* words)
    {
        byte* bitmap = stackalloc byte[SnapshotFormat.BitmapBytes];
        new Span<byte>(bitmap, SnapshotFormat.BitmapBytes).Clear();
        int count = 0;
        for (int i = 0; i < SnapshotFormat.PageWords; i++)
        {
            if (words[i] != 0)
            {
                bitmap[i >> 3] |= (byte)(1 << (i & 7));
                count++;
            }
        }

        if (count == 0)
        {
            return false;
        }

        writer.Begin(
            SnapshotSection.Page, sizeof(ulong) + SnapshotFormat.BitmapBytes + (count * sizeof(ulong)));
        writer.Put(&address, sizeof(ulong));
        writer.Put(bitmap, SnapshotFormat.BitmapBytes);
        for (int i = 0; i < SnapshotFormat.PageWords;)
        {
            int first = i;
            while (i < SnapshotFormat.PageWords && words[i] != 0)
            {
                i++;
            }

            if (i != first)
            {
                writer.Put(words + first, (i - first) * sizeof(ulong));
            }

            i++;
        }

        writer.End();
        writer.Pages++;
        return true;
    }

    private static void SaveZeroes(ref SnapshotWriter writer, ulong address, ulong count)
    {
        if (count != 0)
        {
            var zeroes = new ZeroPages { Address = address, Count = count };
            writer.Whole(SnapshotSection.Zeroes, &zeroes, sizeof(ZeroPages));
        }
    }

    // Into the guest's memory, which is clear; without one it is only looked at.
    public static SnapshotTrouble Load(ref SnapshotReader reader, GuestMemory* memory, bool isGiven)
    {
        ulong address;
        byte* bitmap = stackalloc byte[SnapshotFormat.BitmapBytes];
        SnapshotTrouble trouble = reader.Read(&address, sizeof(ulong));
        trouble = trouble == SnapshotTrouble.None ? reader.Read(bitmap, SnapshotFormat.BitmapBytes) : trouble;
        if (trouble != SnapshotTrouble.None || !IsRam(memory, address, 1))
        {
            return trouble == SnapshotTrouble.None ? SnapshotTrouble.OtherMemory : trouble;
        }

        byte* page = null;
        if (isGiven && memory->TryReach(new Gpa(address), PageRights.ReadWrite, out page) != Resolution.Mapped)
        {
            return SnapshotTrouble.BrokenOff;
        }

        for (int i = 0; i < SnapshotFormat.PageWords && trouble == SnapshotTrouble.None; i++)
        {
            if ((bitmap[i >> 3] & (1 << (i & 7))) != 0)
            {
                ulong word;
                trouble = reader.Read(page == null ? &word : (ulong*)page + i, sizeof(ulong));
            }
        }

        return trouble;
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
