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
        if (memory.RipRelative)
        {
            offset += rip + instruction.Length;
        }

        if (memory.Base != MemoryReference.NoRegister)
        {
            offset += registers[memory.Base];
        }

        if (memory.Index != MemoryReference.NoRegister)
        {
            offset += registers[memory.Index] << memory.ScaleShift;
        }

        if (instruction.SelectsBitByRegister)
        {
            offset += BitStringOffset(in instruction, ref registers);
        }

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
        in DecodedInstruction instruction, SegmentRegister segment, ulong offset, in SegmentBases bases)
    {
        offset &= Width.Mask(instruction.AddressSize);
        if (instruction.Code != CodeSize.Bits64)
        {
            return new Gva((uint)(offset + bases[segment]));
        }

        return new Gva(segment >= SegmentRegister.Fs ? offset + bases[segment] : offset);
    }
}
