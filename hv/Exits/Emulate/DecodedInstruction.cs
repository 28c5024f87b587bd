// A decoded instruction with a memory operand. Sizes are in bytes. Unless Status is Ok, it and Length alone count.
namespace MinusOne.Hv.Exits.Emulate;

internal struct DecodedInstruction
{
    public DecodeStatus Status;
    public byte Length;
    public CodeSize Code;
    public Operation Operation;
    public OperandForm Form;
    public OperandAccess Access;

    // The low four bits of the opcode: the condition of CMOVcc and SETcc.
    public byte Condition;
    public bool Lock;
    public Repeat Repeat;
    public byte AddressSize;

    // Width of each access to memory.
    public byte MemorySize;

    // Width of the register operand: differs from MemorySize where the instruction extends.
    public byte RegisterSize;
    public byte Register;

    // AH, CH, DH or BH; Register is then the number of the whole register.
    public bool HighByte;

    // The memory operand; of the string instructions the one at rDI (LODS: at rSI).
    public MemoryReference Memory;

    // MOVS and CMPS: the segment of the operand at rSI.
    public GuestSegment SourceSegment;

    // Sign-extended, then cut to the width it is used in.
    public ulong Immediate;

    public readonly bool Reads => (Access & OperandAccess.Read) != 0;
    public readonly bool Writes => (Access & OperandAccess.Write) != 0;
    public readonly bool ReadsSource => (Access & OperandAccess.ReadSource) != 0;

    // SHLD and SHRD have a third operand: an immediate count, or CL where the opcode is odd.
    public readonly bool HasCount => IsDoubleShift && (Condition & 1) == 0;
    public readonly bool CountsByCl => IsDoubleShift && (Condition & 1) != 0;
    private readonly bool IsDoubleShift => Operation is Operation.Shld or Operation.Shrd;

    // BT, BTS, BTR and BTC with a bit number in a register reach memory beside the operand.
    public readonly bool SelectsBitByRegister =>
        Operation is >= Operation.Bt and <= Operation.Btc && Form == OperandForm.MemoryRegister;
}

// What became of the bytes. Without Ok the instruction is not decoded; its length is the true one or, if not known, 0.
internal enum DecodeStatus : byte
{
    Ok,

    // The instruction goes on behind the bytes given: fetch more, or raise the fault that the fetch gives.
    Truncated,

    // Longer than 15 bytes: #GP(0).
    TooLong,

    // #UD.
    Invalid,

    // Perhaps a fine instruction, but not one that is emulated here.
    Unsupported,
}

// A memory operand as encoded: segment:[base + index * scale + displacement]. The sum is OperandAddress'.
internal struct MemoryReference
{
    public const byte NoRegister = 0xFF;

    public ulong Displacement;
    public byte Base;
    public byte Index;

    // The index is shifted left by this.
    public byte ScaleShift;
    public bool RipRelative;
    public GuestSegment Segment;

    public static MemoryReference At(byte register, GuestSegment segment) =>
        new() { Base = register, Index = NoRegister, Segment = segment };
}
