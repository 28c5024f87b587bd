// An EPT paging-structure entry of any level. SDM 3C 30.3 The Extended Page Table Mechanism (EPT). Leaves out
// ignore-PAT (the guest's PAT always counts), mode-based execute control, suppress-#VE and sub-page permissions:
// nothing here turns them on.

using System.Runtime.CompilerServices;
using MinusOne.Hv.X86;

namespace MinusOne.Hv.Memory;

internal readonly struct EptEntry : IPageEntry<EptEntry>
{
    private const ulong RightsMask = 7;
    private const int TypeShift = 3;
    private const ulong LargeLeaf = 1UL << 7;
    private const int UseShift = 8;
    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    private readonly ulong _raw;

    public EptEntry(ulong raw)
    {
        _raw = raw;
    }

    public ulong Raw => _raw;

    public bool IsPresent => (_raw & RightsMask) != 0;

    public Hpa Table => new(_raw & AddressMask);

    public PageRights Rights => (PageRights)(_raw & RightsMask);

    public PageUse Use => (PageUse)((_raw >> UseShift) & 3);

    public bool IsLeaf(int level) => level == PageLevel.Page4K || (_raw & LargeLeaf) != 0;

    public Hpa Frame(int level) => new(_raw & AddressMask & ~PageLevel.OffsetMask(level));

    public PageAttributes Attributes(int level) => new(Rights, (MemoryType)((_raw >> TypeShift) & 7));

    public static EptEntry ToTable(Hpa table) => new(table.Value | RightsMask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EptEntry ToLeaf(Hpa frame, PageAttributes attributes, PageUse use, int level) => new(
        frame.Value
        | ((ulong)attributes.Rights & RightsMask)
        | ((ulong)attributes.Type << TypeShift)
        | (level == PageLevel.Page4K ? 0 : LargeLeaf)
        | ((ulong)use << UseShift));

    // Writable but not readable is a misconfiguration on every processor, and execute-only on some: nothing wants it.
    public static bool CanExpress(PageAttributes attributes) =>
        (attributes.Rights & PageRights.Read) != 0
        && (attributes.Rights & ~PageRights.All) == 0
        && attributes.Type is MemoryType.Uncacheable or MemoryType.WriteCombining or MemoryType.WriteThrough
            or MemoryType.WriteProtected or MemoryType.WriteBack;
}
