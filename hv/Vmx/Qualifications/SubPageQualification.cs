// Exit qualification of an event of the sub-page permission table. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct SubPageQualification
{
    public readonly ulong Raw;

    public SubPageQualification(ulong raw)
    {
        Raw = raw;
    }

    // A table entry was not valid; otherwise it was malformed.
    public bool IsMiss => (Raw & (1ul << 11)) != 0;

    public bool NmiUnblockingDueToIret => (Raw & (1ul << 12)) != 0;

    public bool IsAsynchronous => (Raw & (1ul << 16)) != 0;
}
