// The memory operand in instruction information: all of it but the displacement, which is the exit qualification.
// Alone it is the information of VMCLEAR, VMPTRLD, VMPTRST, VMXON, XRSTORS and XSAVES. SDM 3C 29.2.5 Information for
// VM Exits Due to Instruction Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct ExitMemoryOperand
{
    public readonly uint Raw;

    public ExitMemoryOperand(uint raw)
    {
        Raw = raw;
    }

    // The index register is shifted left by this; undefined without one.
    public int ScaleShift => (int)(Raw & 3);

    public AddressSize AddressSize => (AddressSize)((Raw >> 7) & 7);

    public SegmentRegister Segment => (SegmentRegister)((Raw >> 15) & 7);

    public int IndexRegister => (int)((Raw >> 18) & 0xF);

    public bool HasIndex => (Raw & (1u << 22)) == 0;

    public int BaseRegister => (int)((Raw >> 23) & 0xF);

    public bool HasBase => (Raw & (1u << 27)) == 0;
}
