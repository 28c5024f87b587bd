// A part of a guest's memory that one kind of frame backs: what a fault needs to know, worked out when the region was
// added.

namespace MinusOne.Hv.Memory;

internal struct GuestExtent
{
    public Gpa Start;
    public ulong Length;

    // A leaf of this extent, without its frame.
    public PageEntry Template;
    public PageRights Rights;
    public GuestRegionKind Kind;
    public GuestBacking Backing;

    // What the frames at the same addresses are; the reason of a substitute.
    public PhysicalKind Host;

    public readonly Gpa End => Start + Length;
}
