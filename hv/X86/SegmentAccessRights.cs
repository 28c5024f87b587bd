// Access rights of a segment register as the guest-state area has them: the upper half of a descriptor's attributes,
// and "unusable". SDM 3C 26.4.1 Guest Register State.
namespace MinusOne.Hv.X86;

internal readonly struct SegmentAccessRights(uint raw)
{
    public const uint UnusableBit = 1u << 16;
    public const uint ReservedBits = 0xFFFE_0F00;

    public readonly uint Raw = raw;

    public static SegmentAccessRights Unusable => new(UnusableBit);
    public uint Type => Raw & 0xF;
    public bool IsAccessed => (Raw & 1) != 0;

    // Writable data, or readable code.
    public bool IsWritableOrReadable => (Raw & 2) != 0;
    public bool IsConformingOrExpandDown => (Raw & 4) != 0;
    public bool IsCode => (Raw & 8) != 0;

    // S: code or data; otherwise a system segment.
    public bool IsCodeOrData => (Raw & (1u << 4)) != 0;
    public uint Dpl => (Raw >> 5) & 3;
    public bool IsPresent => (Raw & (1u << 7)) != 0;
    public bool IsLong => (Raw & (1u << 13)) != 0;
    public bool IsDefaultBig => (Raw & (1u << 14)) != 0;
    public bool HasPageGranularity => (Raw & (1u << 15)) != 0;
    public bool IsUnusable => (Raw & UnusableBit) != 0;
    public SegmentAccessRights WithDpl(uint level) => new((Raw & ~(3u << 5)) | (level << 5));
    public bool HasReservedBits => (Raw & ReservedBits) != 0;
}
