// Exit qualification of MWAIT. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct MwaitQualification
{
    public readonly ulong Raw;

    public MwaitQualification(ulong raw)
    {
        Raw = raw;
    }

    // The address range of the last MONITOR was armed: the MWAIT would have waited.
    public bool IsArmed => (Raw & 1) != 0;
}
