// Exit qualification of an instruction with a memory operand: its displacement, sign-extended and, for a RIP-relative
// operand, already added to RIP. The rest of the operand stands in the instruction information. INVEPT, INVPCID,
// INVVPID, LGDT, LIDT, LLDT, LTR, SGDT, SIDT, SLDT, STR, VMCLEAR, VMPTRLD, VMPTRST, VMREAD, VMWRITE, VMXON, XRSTORS,
// XSAVES. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct DisplacementQualification
{
    public readonly ulong Raw;

    public DisplacementQualification(ulong raw)
    {
        Raw = raw;
    }

    public long Displacement => (long)Raw;
}
