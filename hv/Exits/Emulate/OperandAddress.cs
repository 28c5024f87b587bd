// The addresses of an instruction's operands: effective address, cut to the address size, plus the segment's base. SDM
// 1 3.7.5 Specifying an Offset, 3.7.4 Specifying a Segment Selector. Limits, rights and canonical form are not
// checked here: for the access that led to the exit the processor has done so.
namespace MinusOne.Hv.Exits.Emulate;

internal static class OperandAddress
{
    // The memory operand. rip: of the instruction itself.
    public static Gva OfMemory(
        in DecodedInstruction instruction, ref GuestRegisters registers, in SegmentBases bases, ulong rip)
    {
        MemoryReference memory = instruction.Memory;
        ulong offset = memory.Displacement;
        offset += memory.RipRelative ? rip + instruction.Length : 0;
        offset += memory.Base != MemoryReference.NoRegister ? registers[memory.Base] : 0;
        offset += memory.Index != MemoryReference.NoRegister ? registers[memory.Index] << memory.ScaleShift : 0;
        offset += instruction.SelectsBitByRegister ? BitStringOffset(in instruction, ref registers) : 0;
        return Linear(in instruction, memory.Segment, offset, in bases);
    }

    // The operand at rSI of MOVS and CMPS.
    public static Gva OfSource(
        in DecodedInstruction instruction, ref GuestRegisters registers, in SegmentBases bases) =>
        Linear(in instruction, instruction.SourceSegment, registers.Rsi, in bases);

    // BT and its kin take a bit offset in a register as signed, reaching out of the operand by whole operands.
    private static ulong BitStringOffset(in DecodedInstruction instruction, ref GuestRegisters registers)
    {
        int size = instruction.RegisterSize;
        long bit = (long)Width.SignExtend(RegisterOperand.Read(ref registers, in instruction), size);
        return (ulong)((bit >> 3) & -size);
    }

    private static Gva Linear(
        in DecodedInstruction instruction, GuestSegment segment, ulong offset, in SegmentBases bases) =>
        bases.Linear(instruction.Code, segment, offset & Width.Mask(instruction.AddressSize));
}

// The bases of the guest's six segment registers, as the VMCS holds them. An exit could name two more.
internal unsafe struct SegmentBases
{
    private fixed ulong _bases[8];

    public ulong this[GuestSegment segment]
    {
        readonly get => _bases[(int)segment];
        set => _bases[(int)segment] = value;
    }

    // In 64-bit mode only those of FS and GS count.
    public readonly Gva Linear(CodeSize code, GuestSegment segment, ulong offset) =>
        code != CodeSize.Bits64 ? new((uint)(offset + this[segment]))
        : new(segment >= GuestSegment.Fs ? offset + this[segment] : offset);
}

// General registers by number and width. A write of 4 bytes clears the upper half of the register, narrower ones
// leave the rest. SDM 1 3.4.1.1 General-Purpose Registers in 64-Bit Mode.
internal static class RegisterOperand
{
    public const int Rax = 0;
    public const int Rcx = 1;
    public const int Rdx = 2;
    public const int Rbx = 3;
    public const int Rsi = 6;
    public const int Rdi = 7;

    public static ulong Read(ref GuestRegisters registers, in DecodedInstruction instruction)
    {
        ulong value = registers[instruction.Register];
        return (instruction.HighByte ? value >> 8 : value) & Width.Mask(instruction.RegisterSize);
    }

    public static void Write(ref GuestRegisters registers, in DecodedInstruction instruction, ulong value)
    {
        if (!instruction.HighByte)
        {
            Write(ref registers, instruction.Register, instruction.RegisterSize, value);
            return;
        }

        ref ulong register = ref registers[instruction.Register];
        register = (register & ~0xFF00UL) | ((value & 0xFF) << 8);
    }

    public static ulong Read(ref GuestRegisters registers, int number, int size) =>
        registers[number] & Width.Mask(size);

    public static void Write(ref GuestRegisters registers, int number, int size, ulong value)
    {
        ref ulong register = ref registers[number];
        ulong kept = size >= 4 ? 0 : ~Width.Mask(size);
        register = (register & kept) | (value & Width.Mask(size));
    }
}
