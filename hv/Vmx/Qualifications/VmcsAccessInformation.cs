// Instruction information of VMREAD and VMWRITE. SDM 3C 29.2.5 Information for VM Exits Due to Instruction Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct VmcsAccessInformation
{
    public readonly uint Raw;

    public VmcsAccessInformation(uint raw)
    {
        Raw = raw;
    }

    // Where the operand is not a register.
    public ExitMemoryOperand Operand => new(Raw);

    public bool IsRegister => (Raw & (1u << 10)) != 0;

    public int Register => (int)((Raw >> 3) & 0xF);

    // Holds the encoding of the field.
    public int FieldRegister => (int)(Raw >> 28);
}
