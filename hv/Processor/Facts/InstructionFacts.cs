// What the instruction-information field says about the instruction that exited: a type for each form that something
// here decodes. SDM 3C 29.2.5 Information for VM Exits Due to Instruction Execution. Left out are the instructions that
// no guest is let execute (VMREAD and its kin) and those that never exit here.
namespace MinusOne.Hv.Processor.Facts;

// The memory operand in instruction information: all of it but the displacement, which is the exit qualification.
// Alone it is the information of VMCLEAR, VMPTRLD, VMPTRST, VMXON, XRSTORS and XSAVES.
internal readonly struct ExitOperand(uint raw)
{
    public readonly uint Raw = raw;

    // The index register is shifted left by this; undefined without one.
    public int ScaleShift => (int)(Raw & 3);
    public AddressSize AddressSize => (AddressSize)((Raw >> 7) & 7);
    public GuestSegment Segment => (GuestSegment)((Raw >> 15) & 7);
    public int IndexRegister => (int)((Raw >> 18) & 0xF);
    public bool HasIndex => (Raw & (1u << 22)) == 0;
    public int BaseRegister => (int)((Raw >> 23) & 0xF);
    public bool HasBase => (Raw & (1u << 27)) == 0;
}

// Width of the addresses an instruction computes.
internal enum AddressSize : uint
{
    Bits16 = 0,
    Bits32 = 1,
    Bits64 = 2,
}

// Instruction information of RDRAND, RDSEED, TPAUSE and UMWAIT.
internal readonly struct RegisterDestination(uint raw)
{
    public readonly uint Raw = raw;

    public int Register => (int)((Raw >> 3) & 0xF);

    // Bytes: 2, 4 or 8. For RDRAND and RDSEED.
    public int Size => 2 << (int)((Raw >> 11) & 3);
}

// Instruction information of INVEPT, INVPCID and INVVPID.
internal readonly struct InvalidationAccess(uint raw)
{
    public readonly uint Raw = raw;

    public ExitOperand Operand => new(Raw);
    public int TypeRegister => (int)(Raw >> 28);
}

// Instruction information of LGDT, LIDT, SGDT and SIDT.
internal readonly struct DescriptorTableAccess(uint raw)
{
    public readonly uint Raw = raw;

    public ExitOperand Operand => new(Raw);

    // 32-bit operands; otherwise 16-bit. Undefined in 64-bit mode.
    public bool Is32Bit => (Raw & (1u << 11)) != 0;
    public bool IsOfIdtr => (Raw & (1u << 28)) != 0;
    public bool IsLoad => (Raw & (1u << 29)) != 0;
}

// Instruction information of LLDT, LTR, SLDT and STR.
internal readonly struct TaskRegisterAccess(uint raw)
{
    public readonly uint Raw = raw;

    // Valid unless the operand is a register.
    public ExitOperand Operand => new(Raw);
    public bool IsRegister => (Raw & (1u << 10)) != 0;
    public int Register => (int)((Raw >> 3) & 0xF);
    public bool IsOfTr => (Raw & (1u << 28)) != 0;
    public bool IsLoad => (Raw & (1u << 29)) != 0;
}

// Instruction information of INS and OUTS, where VMX_BASIC announces it.
internal readonly struct StringAccess(uint raw)
{
    public readonly uint Raw = raw;

    public AddressSize AddressSize => (AddressSize)((Raw >> 7) & 7);

    // Undefined for INS, which always uses ES.
    public GuestSegment Segment => (GuestSegment)((Raw >> 15) & 7);
}
