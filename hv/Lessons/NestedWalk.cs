// `nested-walk`: builds guest tables and an EPT over them for every pair of page sizes, reads one datum through both,
// and counts the references: (4 + 1) x (4 + 1) = 25 with small pages on both sides. No processor uses these.
namespace MinusOne.Hv.Lessons;

internal static unsafe class NestedWalk
{
    private const ulong Datum = 0x2A;
    private const ulong Linear = 0x0000_1234_4000_0000;
    private const int GuestColumn = 12;
    private const int ReferencesColumn = 24;

    // False if a count is not (g + 1)(e + 1), or there are no frames for the tables.
    public static bool Run(FramePool* pool)
    {
        Writer.Console.Text("guest page"u8).To(GuestColumn).Text("EPT page"u8).To(ReferencesColumn).Text("references"u8)
            .EndLine();
        for (int guest = PageLevel.Page4K; guest <= PageLevel.Page1G; guest++)
        {
            for (int ept = PageLevel.Page4K; ept <= PageLevel.Page1G; ept++)
            {
                int references = Count(pool, guest, ept);
                Writer.Console.Size(PageLevel.Size(guest)).To(GuestColumn).Size(PageLevel.Size(ept))
                    .To(ReferencesColumn).Decimal((ulong)references).EndLine();
                if (references != Expected(guest, ept))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // A leaf at level n ends a walk of 4 levels after 5 - n entries.
    public static int Expected(int guestLeaf, int eptLeaf) => (6 - guestLeaf) * (6 - eptLeaf);

    // References of one read through leaves of these levels; 0 if the tables could not be made or lead elsewhere.
    public static int Count(FramePool* pool, int guestLeaf, int eptLeaf)
    {
        int references = 0;
        PageTable ept = default, guest = default;
        if (ept.Initialize(pool, FrameOwner.SecondLevelTable, PageFormat.Ept, eptLeaf))
        {
            if (guest.Initialize(pool, FrameOwner.GuestPage, PageFormat.Paging, guestLeaf))
            {
                references = CountWith(pool, ref guest, ref ept, guestLeaf, eptLeaf);
                guest.Release();
            }

            ept.Release();
        }

        return references;
    }

    // The guest's tables and datum lie at their own addresses, so the builder of tables can make the guest's too.
    private static int CountWith(
        FramePool* pool, ref PageTable guest, ref PageTable ept, int guestLeaf, int eptLeaf)
    {
        if (!pool->TryAllocateCleared(FrameOwner.GuestPage, out Hpa datum))
        {
            return 0;
        }

        *(ulong*)datum.Pointer = Datum;
        int references = 0;
        ulong inside = PageLevel.OffsetMask(guestLeaf);
        Hpa page = new(datum.Value & ~inside);
        PageAttributes attributes = new(PageRights.All, MemoryType.WriteBack);
        if (guest.Map(Linear, PageLevel.Size(guestLeaf), page, attributes) == TableStatus.Done
            && TryCover(ref ept, guest.Root, eptLeaf)
            && TryCoverTables(ref ept, (PageEntry*)guest.Root.Pointer, PageLevel.Root, eptLeaf)
            && TryCover(ref ept, datum, eptLeaf))
        {
            NestedWalker walker = new(ept.Root);
            bool read = walker.TryRead(new(guest.Root.Value), new(Linear + (datum.Value & inside)), out ulong value);
            references = read && value == Datum ? walker.References : 0;
        }

        pool->Free(datum, FrameOwner.GuestPage);
        return references;
    }

    private static bool TryCoverTables(ref PageTable ept, PageEntry* table, int level, int eptLeaf)
    {
        PageEntry entry = table[PageLevel.Index(Linear, level)];
        return entry.IsLeaf(level)
            || (TryCover(ref ept, entry.Table, eptLeaf)
                && TryCoverTables(ref ept, (PageEntry*)entry.Table.Pointer, level - 1, eptLeaf));
    }

    // Maps the page of this size around a frame to itself.
    private static bool TryCover(ref PageTable ept, Hpa frame, int eptLeaf)
    {
        ulong start = frame.Value & ~PageLevel.OffsetMask(eptLeaf);
        TableStatus status = ept.Map(
            start, PageLevel.Size(eptLeaf), new(start), new(PageRights.All, MemoryType.WriteBack));
        return status is TableStatus.Done or TableStatus.AlreadyMapped;
    }
}

// The walk that a processor makes on a TLB miss under EPT, in software, counting every reference to memory. Each
// reference of the guest's walk is a guest-physical address, so it takes a walk of EPT first: g levels there and e here
// make (g + 1)(e + 1) references, the datum included. SDM 3C 30.3.2 EPT Translation Mechanism. Rights and flags are
// left out: this is for counting, on tables that the builder made.
internal unsafe struct NestedWalker(Hpa eptRoot)
{
    private readonly PageEntry* _root = (PageEntry*)eptRoot.Pointer;

    // Reads of table entries and of the datum.
    public int References { get; private set; }

    // Reads the datum at a guest-linear address through four levels of guest tables and four of EPT, fewer where a leaf
    // is large.
    public bool TryRead(Gpa guestRoot, Gva address, out ulong datum)
    {
        datum = 0;
        Gpa table = guestRoot;
        for (int level = PageLevel.Root; ; level--)
        {
            Gpa slot = table + ((ulong)PageLevel.Index(address.Value, level) << 3);
            if (!TryReadPhysical(slot, out ulong raw) || !new PageEntry(raw).IsPresent)
            {
                return false;
            }

            PageEntry entry = new(raw);
            if (entry.IsLeaf(level))
            {
                ulong offset = address.Value & PageLevel.OffsetMask(level);
                return TryReadPhysical(new(entry.Frame(level).Value + offset), out datum);
            }

            table = new(entry.Table.Value);
        }
    }

    private bool TryReadPhysical(Gpa address, out ulong value)
    {
        value = 0;
        PageEntry* table = _root;
        for (int level = PageLevel.Root; ; level--)
        {
            PageEntry entry = table[PageLevel.Index(address.Value, level)];
            References++;
            if (!entry.IsPresent)
            {
                return false;
            }

            if (entry.IsLeaf(level))
            {
                References++;
                value = *(ulong*)(entry.Frame(level) + (address.Value & PageLevel.OffsetMask(level))).Pointer;
                return true;
            }

            table = (PageEntry*)entry.Table.Pointer;
        }
    }
}
