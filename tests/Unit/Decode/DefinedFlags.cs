// Which status flags the manual defines after an instruction (SDM 1 A EFLAGS Cross-Reference and the instructions'
// pages); the others differ from processor to processor.
namespace MinusOne.Tests.Unit.Decode;

internal static class DefinedFlags
{
    private const Rflags All = (Rflags)ulong.MaxValue;

    public static Rflags Of(in DecodedInstruction instruction, ref GuestRegisters before)
    {
        switch (instruction.Operation)
        {
            case Operation.And or Operation.Or or Operation.Xor or Operation.Test:
                return All & ~Rflags.Adjust;
            case >= Operation.Bt and <= Operation.Btc:
                return All & ~(Rflags.Overflow | Rflags.Sign | Rflags.Adjust | Rflags.Parity);
            case >= Operation.Rol and <= Operation.Sar:
                return OfShift(in instruction, ref before);
            case Operation.Shld or Operation.Shrd:
                return OfDoubleShift(in instruction, ref before);
            default:
                return All;
        }
    }

    public static int DoubleShiftCount(in DecodedInstruction instruction, ref GuestRegisters before) =>
        (int)(instruction.CountsByCl ? before.Rcx : instruction.Immediate)
        & (instruction.MemorySize == 8 ? 0x3F : 0x1F);

    private static Rflags OfDoubleShift(in DecodedInstruction instruction, ref GuestRegisters before)
    {
        int count = DoubleShiftCount(in instruction, ref before);
        return count == 0 ? All : count == 1 ? All & ~Rflags.Adjust : All & ~(Rflags.Adjust | Rflags.Overflow);
    }

    private static Rflags OfShift(in DecodedInstruction instruction, ref GuestRegisters before)
    {
        int bits = instruction.MemorySize * 8;
        ulong given = instruction.Form == OperandForm.MemoryImmediate ? instruction.Immediate : before.Rcx;
        int count = (int)given & (bits == 64 ? 0x3F : 0x1F);
        bool rotates = instruction.Operation <= Operation.Rcr;
        Rflags defined = All;
        if (count != 0 && !rotates)
        {
            defined &= ~Rflags.Adjust;
        }

        if (count > 1)
        {
            defined &= ~Rflags.Overflow;
        }

        bool carryDefined = rotates || count < bits || instruction.Operation == Operation.Sar;
        return carryDefined ? defined : defined & ~Rflags.Carry;
    }
}
