// An entry of a table of any level. Three formats differ in few bits, and not at all in those that a walk and a fault
// look at, so which one it is counts only where an entry is made or read out. All have Read: none is execute-only.
//
//     bits    paging, nested paging of AMD                    EPT
//     0, 1    present, writable                               readable, writable
//     2       user mode: not the host, always nested          executable
//     5:3     caching (0: as the MTRRs say), accessed         memory type
//     6       dirty                                           0
//     7       leaf (above level 1)                            leaf (above level 1)
//     9:8                                                     accessed, dirty
//     11      of a guest's leaf: it is new, or the hypervisor has written there, since the last snapshot
//     51:12   frame, or table below                           the same
//     61:52   of an entry that leads to a table: its room, which no processor looks at
//     63      not executable                                  0
//
// SDM 3A 5.5 4-Level Paging and 5-Level Paging, SDM 3C 30.3 The Extended Page Table Mechanism (EPT), AMD APM 2 15.25
// Nested Paging. Leaves out global pages, protection keys, ignore-PAT (the guest's PAT always counts), mode-based
// execute control, suppress-#VE and sub-page permissions: nothing here turns them on.
namespace MinusOne.Hv.Memory;

internal enum PageFormat : byte
{
    // The host's own tables.
    Paging,
    Nested,
    Ept,
}

internal readonly struct PageEntry(ulong raw)
{
    public const ulong LargeLeaf = 1UL << 7;

    // Room for one page; and for as many as a table has.
    public const ulong OneRoom = 1UL << 52;
    public const uint AllRoom = PageLevel.EntriesPerTable;
    public const ulong Written = 1UL << 11;

    private const ulong Present = 1UL << 0;
    private const ulong UserMode = 1UL << 2;
    private const ulong SecondPatEntry = 1UL << 3, FourthPatEntry = 3UL << 3;
    private const ulong ToAll = 7;
    private const int TypeShift = 3;
    private const ulong NoExecute = 1UL << 63;
    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    public readonly ulong Raw = raw;

    public bool IsPresent => (Raw & Present) != 0;

    // The table below, for a present entry that is not a leaf.
    public Hpa Table => new(Raw & AddressMask);

    // Rights to read and to write: bits 1:0 in every format.
    public PageRights Access => (PageRights)Raw & PageRights.ReadWrite;

    // Level 1 is always a leaf.
    public bool IsLeaf(int level) => level == PageLevel.Page4K || (Raw & LargeLeaf) != 0;
    public Hpa Frame(int level) => new(Raw & AddressMask & ~PageLevel.OffsetMask(level));

    public PageAttributes Attributes(PageFormat format) => format == PageFormat.Ept
        ? new((PageRights)Raw & PageRights.All, (MemoryType)((Raw >> TypeShift) & 7))
        : new(Access | ((Raw & NoExecute) != 0 ? 0 : PageRights.Execute), MemoryType.WriteBack);

    public PageUse Use(PageFormat format) => (PageUse)((Raw & UseMask(format)) >> UseShift(format));

    public PageEntry Reached(PageRights by) => (by & PageRights.Write) != 0 ? new(Raw | Written) : this;

    public PageEntry WithRights(PageFormat format, PageRights rights)
    {
        PageAttributes old = Attributes(format);
        ulong rest = Raw & ~Template(format, old).Raw;
        return new(rest | Template(format, new(rights, old.Type)).Raw);
    }

    // The leaf alone decides: every table lets everything through.
    public static PageEntry ToTable(Hpa table, uint room = AllRoom) => new(table.Value | ToAll | (room * OneRoom));

    // A leaf of level 1, still without a frame.
    public static PageEntry Template(PageFormat format, PageAttributes attributes) => new(format == PageFormat.Ept
        ? (ulong)attributes.Rights | ((ulong)attributes.Type << TypeShift)
        : (ulong)(attributes.Rights & PageRights.ReadWrite)
            | ((attributes.Rights & PageRights.Execute) != 0 ? 0 : NoExecute)
            | (format == PageFormat.Nested ? UserMode
                : attributes.Type == MemoryType.WriteCombining ? SecondPatEntry
                : attributes.Type == MemoryType.Uncacheable ? FourthPatEntry : 0));

    public static PageEntry ToLeaf(PageEntry template, Hpa frame, int level) =>
        new(template.Raw | frame.Value | (level == PageLevel.Page4K ? 0 : LargeLeaf));

    // False for rights and types that no such entry can say. In paging the MTRRs say the type, or the host's PAT.
    public static bool CanExpress(PageFormat format, PageAttributes attributes) =>
        (attributes.Rights & PageRights.Read) != 0
        && (format != PageFormat.Ept
            || attributes.Type is MemoryType.Uncacheable or MemoryType.WriteCombining or MemoryType.WriteThrough
                or MemoryType.WriteProtected or MemoryType.WriteBack);

    public static ulong UseMask(PageFormat format) => 3UL << UseShift(format);
    private static int UseShift(PageFormat format) => format == PageFormat.Ept ? 8 : 5;
}

// What a mapping lets through, and what an access asks for: the first bits of an EPT entry, and of the qualification of
// an EPT violation.
[Flags]
internal enum PageRights : byte
{
    None = 0,
    Read = 1,
    Write = 2,
    Execute = 4,
    ReadWrite = Read | Write,
    ReadExecute = Read | Execute,
    All = Read | Write | Execute,
}

// The accessed and dirty flags.
[Flags]
internal enum PageUse : byte
{
    None = 0,
    Accessed = 1,
    Dirty = 2,
}

internal readonly struct PageAttributes(PageRights rights, MemoryType type)
{
    public readonly PageRights Rights = rights;
    public readonly MemoryType Type = type;
}

// Levels of a table hierarchy, counted as the manual counts them: an entry of level 1 maps 4 KiB, of level 2 2 MiB, of
// level 3 1 GiB; the root of a 4-level hierarchy is level 4.
internal static class PageLevel
{
    public const int Page4K = 1;
    public const int Page2M = 2;
    public const int Page1G = 3;
    public const int Root = 4;
    public const int EntriesPerTable = 512;

    public static int Shift(int level) => 3 + (9 * level);

    // Bytes that one entry of this level covers.
    public static ulong Size(int level) => 1UL << Shift(level);
    public static ulong OffsetMask(int level) => Size(level) - 1;
    public static int Index(ulong input, int level) => (int)(input >> Shift(level)) & (EntriesPerTable - 1);
}
