// Instruction information of INVEPT, INVPCID and INVVPID. SDM 3C 29.2.5 Information for VM Exits Due to Instruction
// Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct InvalidationInformation
{
    public readonly uint Raw;

    public InvalidationInformation(uint raw)
    {
        Raw = raw;
    }

    // Of the descriptor.
    public ExitMemoryOperand Operand => new(Raw);

    // Holds the type of the invalidation.
    public int TypeRegister => (int)(Raw >> 28);
}
