// Exit qualification of an access to the APIC-access page. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct ApicAccessQualification
{
    public readonly ulong Raw;

    public ApicAccessQualification(ulong raw)
    {
        Raw = raw;
    }

    // Undefined for a guest-physical access.
    public uint Offset => (uint)Raw & 0xFFF;

    public ApicAccessType Type => (ApicAccessType)((Raw >> 12) & 0xF);

    public bool IsAsynchronous => (Raw & (1ul << 16)) != 0;
}
