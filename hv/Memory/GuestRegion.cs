// How guest memory is laid out: regions as they are asked for, extents as they can be had.

namespace MinusOne.Hv.Memory;

// What the guest finds in a range of its physical addresses.
internal enum GuestRegionKind : byte
{
    Ram,

    // Never mapped: every access comes to the hypervisor.
    Device,
}

// The origin of the frames of a part of guest memory.
internal enum GuestBacking : byte
{
    // None: a device.
    Nothing,

    // The frame at the same address.
    Identity,

    // A frame of the pool, because the one at the same address is not ours to give.
    Substitute,
}

// How adding a region to guest memory ends. Anything but Added changes nothing.
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

// A part of a guest's memory that one kind of frame backs: what a fault needs to know, worked out when the region was
// added.
internal struct GuestExtent
{
    public Gpa Start;
    public ulong Length;

    // A leaf of this extent, without its frame.
    public PageEntry Template;

    // What is not for the guest to do here without the hypervisor.
    public PageRights Denied;
    public GuestBacking Backing;

    // What the frames at the same addresses are; the reason of a substitute.
    public PhysicalKind Host;

    public readonly Gpa End => Start + Length;
}
