// What is mapped of a guest's memory, in pages of 4 KiB by where their frames come from, and by the size of leaves.
namespace MinusOne.Hv.Report;

internal unsafe struct GuestMemoryUse
{
    public ulong Identity;
    public ulong Substituted;
    public ulong Leaves4K;
    public ulong Leaves2M;
    public ulong Leaves1G;

    public readonly ulong Pages => Identity + Substituted;

    public static GuestMemoryUse Of(ref GuestMemory memory)
    {
        GuestMemoryUse use = default;
        foreach (ref readonly GuestExtent extent in memory.Extents)
        {
            ulong at = extent.Start.Value, end = extent.End.Value;
            for (; memory.Table.Next(ref at, end, out int level) != null; at = PageTable.Behind(at, level))
            {
                ulong pages = PageLevel.Size(level) >> 12;
                use.Identity += extent.Backing == GuestBacking.Identity ? pages : 0;
                use.Substituted += extent.Backing == GuestBacking.Substitute ? pages : 0;
                use.Leaves4K += level == PageLevel.Page4K ? 1UL : 0;
                use.Leaves2M += level == PageLevel.Page2M ? 1UL : 0;
                use.Leaves1G += level == PageLevel.Page1G ? 1UL : 0;
            }
        }

        return use;
    }
}
