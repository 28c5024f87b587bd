// A descriptor of a system segment as it lies in the GDT: eight bytes, and eight more in long mode. SDM 3A 3.4.5
// Segment Descriptors, 8.2.3 TSS Descriptor in 64-bit mode.

namespace MinusOne.Hv.Processor;

internal readonly struct SystemDescriptor(ulong low, ulong high)
{
    private const ulong UpperType = 0x1F00_0000_0000;

    private readonly ulong _low = low;
    private readonly ulong _high = high;

    public ulong Base => ((_low >> 16) & 0xFF_FFFF) | ((_low >> 32) & 0xFF00_0000) | (_high << 32);

    // In bytes, as the VMCS wants it.
    public uint Limit
    {
        get
        {
            uint limit = (uint)(_low & 0xFFFF) | ((uint)(_low >> 32) & 0xF_0000);
            return Rights.HasPageGranularity ? (limit << 12) | 0xFFF : limit;
        }
    }

    public SegmentAccessRights Rights => new((uint)(_low >> 40) & 0xF0FF);

    // What a processor cannot load, whatever the type: a base that is no address, a second half with a type.
    public bool IsBroken => !RegisterLimits.IsCanonical(Base, 48) || (_high & UpperType) != 0;
}
