// The bases of the guest's six segment registers, as the VMCS holds them.

namespace MinusOne.Hv.Exits.Emulate;

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
