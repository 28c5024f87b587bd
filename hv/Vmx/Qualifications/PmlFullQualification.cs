// Exit qualification of a full page-modification log. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct PmlFullQualification
{
    public readonly ulong Raw;

    public PmlFullQualification(ulong raw)
    {
        Raw = raw;
    }

    public bool NmiUnblockingDueToIret => (Raw & (1ul << 12)) != 0;

    public bool IsAsynchronous => (Raw & (1ul << 16)) != 0;
}
