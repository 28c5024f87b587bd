// Instruction information of LGDT, LIDT, SGDT and SIDT. SDM 3C 29.2.5 Information for VM Exits Due to Instruction
// Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct DescriptorTableInformation
{
    public readonly uint Raw;

    public DescriptorTableInformation(uint raw)
    {
        Raw = raw;
    }

    public ExitMemoryOperand Operand => new(Raw);

    // 32-bit operands; otherwise 16-bit. Undefined in 64-bit mode.
    public bool Is32Bit => (Raw & (1u << 11)) != 0;

    public DescriptorTableInstruction Instruction => (DescriptorTableInstruction)((Raw >> 28) & 3);
}
