// A capability MSR of a 32-bit control word: which bits must be 1 and which may be. SDM 3D A.2 Reserved Controls and
// Default Settings.

namespace MinusOne.Hv.Vmx.Controls;

internal readonly struct AllowedControls
{
    public readonly ulong Raw;

    public AllowedControls(ulong raw)
    {
        Raw = raw;
    }

    public uint MustBeOneBits => (uint)Raw;

    public uint MayBeOneBits => (uint)(Raw >> 32);

    // All of these bits may be 1.
    public bool MayBeOne(uint bits) => (MayBeOneBits & bits) == bits;

    // The bits the processor insists on are all there.
    public bool HasMustBeOne(uint bits) => (MustBeOneBits & ~bits) == 0;

    // What the hardware makes of a wish: the bits it insists on are added, those it does not have are dropped.
    public uint Effective(uint wanted) => (wanted | MustBeOneBits) & MayBeOneBits;
}
