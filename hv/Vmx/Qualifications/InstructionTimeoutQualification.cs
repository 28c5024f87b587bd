// Exit qualification of an instruction time-out. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct InstructionTimeoutQualification
{
    public readonly ulong Raw;

    public InstructionTimeoutQualification(ulong raw)
    {
        Raw = raw;
    }

    // The VMCS does not describe the guest any more: it cannot be resumed.
    public bool ContextInvalid => (Raw & 1) != 0;

    public bool NmiUnblockingDueToIret => (Raw & (1ul << 12)) != 0;
}
