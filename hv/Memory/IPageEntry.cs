// What the table walker must know of an entry. Each kind of table has one small struct that says it; the walker is
// compiled once per kind, so none of these is an interface call.

namespace MinusOne.Hv.Memory;

internal interface IPageEntry<TSelf>
    where TSelf : unmanaged, IPageEntry<TSelf>
{
    ulong Raw { get; }

    bool IsPresent { get; }

    // The table below, for a present entry that is not a leaf.
    Hpa Table { get; }

    PageUse Use { get; }

    // Level 1 is always a leaf.
    bool IsLeaf(int level);

    Hpa Frame(int level);

    PageAttributes Attributes(int level);

    static abstract TSelf ToTable(Hpa table);

    static abstract TSelf ToLeaf(Hpa frame, PageAttributes attributes, PageUse use, int level);

    // False for rights and types that these entries cannot say.
    static abstract bool CanExpress(PageAttributes attributes);
}
