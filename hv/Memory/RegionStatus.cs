// How adding a region to guest memory ends. Anything but Added changes nothing.

namespace MinusOne.Hv.Memory;

internal enum RegionStatus : byte
{
    Added,

    // Not whole pages, empty, or beyond what EPT can address.
    BadRange,

    // Some of it belongs to a region already.
    Overlap,

    // The list of extents, or that of physical memory, is full.
    TooFragmented,
}
