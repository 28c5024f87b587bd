// An entry of x86-64 paging, any level. SDM 3A 5.5 4-Level Paging and 5-Level Paging. Memory types go through the PAT:
// the entries are right on a processor whose IA32_PAT holds PatValue. Leaves out global pages and protection keys.

using MinusOne.Hv.X86;

namespace MinusOne.Hv.Memory;

internal readonly struct HostPageEntry : IPageEntry<HostPageEntry>
{
    // The power-up value, with write-combining and write-protected in the two entries that only repeat others.
    public const ulong PatValue = 0x0007_0501_0007_0406;

    private const ulong Present = 1UL << 0;
    private const ulong Writable = 1UL << 1;
    private const ulong UserMode = 1UL << 2;
    private const ulong WriteThroughBit = 1UL << 3;
    private const ulong CacheDisableBit = 1UL << 4;
    private const int UseShift = 5;
    private const ulong LargeLeaf = 1UL << 7;
    private const ulong SmallPat = 1UL << 7;
    private const ulong LargePat = 1UL << 12;
    private const ulong NoExecute = 1UL << 63;
    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    private readonly ulong _raw;

    public HostPageEntry(ulong raw)
    {
        _raw = raw;
    }

    public ulong Raw => _raw;

    public bool IsPresent => (_raw & Present) != 0;

    public Hpa Table => new(_raw & AddressMask);

    public PageUse Use => (PageUse)((_raw >> UseShift) & 3);

    public bool IsLeaf(int level) => level == PageLevel.Page4K || (_raw & LargeLeaf) != 0;

    public Hpa Frame(int level) => new(_raw & AddressMask & ~PageLevel.OffsetMask(level));

    public PageAttributes Attributes(int level)
    {
        PageRights rights = PageRights.Read
            | ((_raw & Writable) != 0 ? PageRights.Write : 0)
            | ((_raw & UserMode) != 0 ? PageRights.User : 0)
            | ((_raw & NoExecute) != 0 ? 0 : PageRights.Execute);
        ulong pat = level == PageLevel.Page4K ? SmallPat : LargePat;
        int index = (int)((_raw >> 3) & 3) | ((_raw & pat) != 0 ? 4 : 0);
        return new(rights, (MemoryType)((PatValue >> (8 * index)) & 7));
    }

    // The leaf alone decides: every table lets everything through.
    public static HostPageEntry ToTable(Hpa table) => new(table.Value | Present | Writable | UserMode);

    public static HostPageEntry ToLeaf(Hpa frame, PageAttributes attributes, PageUse use, int level)
    {
        ulong pat = level == PageLevel.Page4K ? SmallPat : LargePat;
        ulong type = attributes.Type switch
        {
            MemoryType.WriteThrough => WriteThroughBit,
            MemoryType.UncacheableMinus => CacheDisableBit,
            MemoryType.Uncacheable => CacheDisableBit | WriteThroughBit,
            MemoryType.WriteCombining => pat,
            MemoryType.WriteProtected => pat | WriteThroughBit,
            _ => 0,
        };
        return new(
            frame.Value
            | Present
            | type
            | ((attributes.Rights & PageRights.Write) != 0 ? Writable : 0)
            | ((attributes.Rights & PageRights.User) != 0 ? UserMode : 0)
            | ((attributes.Rights & PageRights.Execute) != 0 ? 0 : NoExecute)
            | ((ulong)use << UseShift)
            | (level == PageLevel.Page4K ? 0 : LargeLeaf));
    }

    public static bool CanExpress(PageAttributes attributes) =>
        (attributes.Rights & PageRights.Read) != 0
        && attributes.Type is MemoryType.Uncacheable or MemoryType.WriteCombining or MemoryType.WriteThrough
            or MemoryType.WriteProtected or MemoryType.WriteBack or MemoryType.UncacheableMinus;
}
