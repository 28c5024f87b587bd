// Leaves by size.

namespace MinusOne.Hv.Memory;

internal struct PageStatistics<TEntry> : IPageVisitor<TEntry>
    where TEntry : unmanaged, IPageEntry<TEntry>
{
    public ulong Pages4K;
    public ulong Pages2M;
    public ulong Pages1G;

    public readonly ulong Bytes =>
        (Pages4K * PageLevel.Size(PageLevel.Page4K))
        + (Pages2M * PageLevel.Size(PageLevel.Page2M))
        + (Pages1G * PageLevel.Size(PageLevel.Page1G));

    public bool Visit(ref TEntry leaf, ulong input, int level)
    {
        Pages4K += level == PageLevel.Page4K ? 1UL : 0;
        Pages2M += level == PageLevel.Page2M ? 1UL : 0;
        Pages1G += level == PageLevel.Page1G ? 1UL : 0;
        return true;
    }
}
