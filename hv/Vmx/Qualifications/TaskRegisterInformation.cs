// Instruction information of LLDT, LTR, SLDT and STR. SDM 3C 29.2.5 Information for VM Exits Due to Instruction
// Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct TaskRegisterInformation
{
    public readonly uint Raw;

    public TaskRegisterInformation(uint raw)
    {
        Raw = raw;
    }

    // Where the operand is not a register.
    public ExitMemoryOperand Operand => new(Raw);

    public bool IsRegister => (Raw & (1u << 10)) != 0;

    public int Register => (int)((Raw >> 3) & 0xF);

    public TaskRegisterInstruction Instruction => (TaskRegisterInstruction)((Raw >> 28) & 3);
}
