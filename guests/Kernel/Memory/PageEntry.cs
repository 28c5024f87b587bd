// The bits of a page-table entry. SDM 3A 5.5.4 Linear-Address Translation with 4-Level Paging and 5-Level Paging. Bit 9
// is ours.
namespace MinusOne.Guests.Kernel.Memory;

internal static class PageEntry
{
    public const ulong Present = 1ul << 0;
    public const ulong Writable = 1ul << 1;
    public const ulong User = 1ul << 2;
    public const ulong CacheDisable = 3ul << 3;
    public const ulong Large = 1ul << 7;

    // Not writable only because others see the same frame.
    public const ulong CopyOnWrite = 1ul << 9;
    public const ulong NoExecute = 1ul << 63;

    public static ulong Frame(ulong entry) => entry & 0x000F_FFFF_FFFF_F000;

    // Which of the 512 entries of a table of this level (4 to 1) an address uses.
    public static int Index(ulong address, int level) => (int)(address >> (3 + (9 * level))) & 511;
}
