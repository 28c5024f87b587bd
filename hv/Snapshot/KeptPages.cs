// A guest's memory as it was at one moment, in the hypervisor's own: a copy of each page that held something, found by
// the page's address through three levels of 512 words. A later moment takes the place of the one before page by page,
// so what has not changed in between costs no copy.
namespace MinusOne.Hv.Snapshot;

internal unsafe struct KeptPages
{
    private const int Top = 30, Bottom = 12, Bits = 9;
    private const ulong Limit = 1UL << (Top + Bits);

    // A word that leads to no copy: the page had been touched, and held nothing.
    private const ulong Nothing = 1;

    private ulong* _root;

    // Those with a copy, and those whose copy is new since the moment before.
    public ulong Count { readonly get; private set; }

    public ulong Changed { readonly get; private set; }

    // So many frames are enough for all pages there are now, their tables included; or for those that have changed.
    public static ulong FramesFor(GuestMemory* memory, bool onlyChanged)
    {
        ulong frames = 1, last = ulong.MaxValue;
        var pages = TouchedPages.Of(memory);
        while (pages.MoveNext())
        {
            if (onlyChanged && !pages.HasChanged)
            {
                continue;
            }

            frames += last >> Top != pages.Address >> Top ? 1u : 0;
            frames += last >> (Bottom + Bits) != pages.Address >> (Bottom + Bits) ? 1u : 0;
            frames += TouchedPages.IsClear(pages.Content) ? 0 : 1u;
            last = pages.Address;
        }

        return frames;
    }

    // What is kept already is taken only where it has changed. False: there were not enough frames, and it is no
    // moment.
    public bool TryTake(ref SnapshotFrames frames, GuestMemory* memory, bool onlyChanged)
    {
        Changed = 0;
        Drop(ref frames, memory, onlyChanged);
        var pages = TouchedPages.Of(memory);
        while (pages.MoveNext())
        {
            ulong* place = Open(ref frames, pages.Address);
            if (place == null)
            {
                return false;
            }

            bool isKept = onlyChanged && !pages.HasChanged && *place != 0;
            if (!isKept && !TryCopy(ref frames, place, pages.Content))
            {
                return false;
            }
        }

        return true;
    }

    // Into the guest's memory, which is clear. False: it cannot be had.
    public readonly bool TryGive(GuestMemory* memory)
    {
        ulong address = 0;
        for (ulong* place; (place = Next(ref address)) != null; address += SnapshotFormat.PageBytes)
        {
            if (memory->TryReach(new Gpa(address), PageRights.ReadWrite, out byte* page) != Resolution.Mapped)
            {
                return false;
            }

            if (*place != Nothing)
            {
                Page((byte*)*place).CopyTo(Page(page));
            }
        }

        return true;
    }

    // What the guest has not any more, and what holds nothing any more.
    private void Drop(ref SnapshotFrames frames, GuestMemory* memory, bool onlyChanged)
    {
        ulong address = 0;
        for (ulong* place; (place = Next(ref address)) != null; address += SnapshotFormat.PageBytes)
        {
            PageEntry* entry = memory->Table.Lookup(address, out int level);
            if (onlyChanged && entry->IsPresent && !TouchedPages.IsChanged(entry))
            {
                continue;
            }

            byte* content = entry->IsPresent ? TouchedPages.At(entry, level, address) : null;
            if (*place != Nothing && (content == null || TouchedPages.IsClear(content)))
            {
                frames.Return((byte*)*place);
                Count--;
                Changed++;
            }

            *place = content == null ? 0 : *place == Nothing || TouchedPages.IsClear(content) ? Nothing : *place;
        }
    }

    private bool TryCopy(ref SnapshotFrames frames, ulong* place, byte* content)
    {
        if (TouchedPages.IsClear(content))
        {
            *place = Nothing;
            return true;
        }

        bool isNew = *place is 0 or Nothing;
        if (!isNew && Page((byte*)*place).SequenceEqual(Page(content)))
        {
            return true;
        }

        byte* copy = isNew ? frames.Take() : (byte*)*place;
        if (copy == null)
        {
            return false;
        }

        Page(content).CopyTo(Page(copy));
        *place = (ulong)copy;
        Count += isNew ? 1u : 0;
        Changed++;
        return true;
    }

    // The word of a page, with the tables above it. Null: there is no frame for one of them.
    private ulong* Open(ref SnapshotFrames frames, ulong address)
    {
        _root = _root == null ? (ulong*)frames.Take() : _root;
        ulong* table = address < Limit ? _root : null;
        for (int shift = Top; shift > Bottom && table != null; shift -= Bits)
        {
            ulong* entry = table + Index(address, shift);
            *entry = *entry == 0 ? (ulong)frames.Take() : *entry;
            table = (ulong*)*entry;
        }

        return table == null ? null : table + Index(address, Bottom);
    }

    // The first word that says something, from an address on.
    private readonly ulong* Next(ref ulong address)
    {
        while (_root != null && address < Limit)
        {
            ulong* entry = _root + Index(address, Top);
            int shift = Top;
            for (; shift > Bottom && *entry != 0; shift -= Bits)
            {
                entry = (ulong*)*entry + Index(address, shift - Bits);
            }

            if (*entry != 0)
            {
                return entry;
            }

            address = ((address >> shift) + 1) << shift;
        }

        return null;
    }

    private static int Index(ulong address, int shift) => (int)(address >> shift) & ((1 << Bits) - 1);

    private static Span<byte> Page(byte* page) => new(page, SnapshotFormat.PageBytes);
}
