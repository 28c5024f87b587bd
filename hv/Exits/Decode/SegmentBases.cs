// The bases of the guest's six segment registers, as the VMCS holds them.

using MinusOne.Hv.X86;

namespace MinusOne.Hv.Exits.Decode;

internal struct SegmentBases
{
    public ulong Es;
    public ulong Cs;
    public ulong Ss;
    public ulong Ds;
    public ulong Fs;
    public ulong Gs;

    public readonly ulong this[SegmentRegister segment] => segment switch
    {
        SegmentRegister.Es => Es,
        SegmentRegister.Cs => Cs,
        SegmentRegister.Ss => Ss,
        SegmentRegister.Ds => Ds,
        SegmentRegister.Fs => Fs,
        _ => Gs,
    };
}
