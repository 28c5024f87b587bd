// Exit qualification of RDMSR and WRMSRNS with the register's address in the instruction. SDM 3C 29.2.1 Basic VM-Exit
// Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct MsrImmediateQualification
{
    public readonly ulong Raw;

    public MsrImmediateQualification(ulong raw)
    {
        Raw = raw;
    }

    public uint Msr => (uint)Raw;
}
