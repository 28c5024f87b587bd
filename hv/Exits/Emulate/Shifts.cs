// Rotates and shifts with their flags. SDM 2 "RCL/RCR/ROL/ROR-Rotate", "SAL/SAR/SHL/SHR-Shift", "SHLD", "SHRD". Flags
// that the manual leaves undefined (OF for counts other than 1, AF, CF of a shift beyond the operand) are as computed.
namespace MinusOne.Hv.Exits.Emulate;

internal static class Shifts
{
    public static ulong Execute(Operation operation, ulong value, ulong count, int size, ref Rflags rflags)
    {
        int masked = (int)count & (size == 8 ? 0x3F : 0x1F);
        if (masked == 0)
        {
            return value;
        }

        ulong top = Width.SignBit(size);
        ulong result = Move(operation, value, masked, size, ref rflags);
        bool carry = (rflags & Rflags.Carry) != 0;
        bool sign = (result & top) != 0;
        bool overflow = operation switch
        {
            Operation.Ror or Operation.Rcr => sign != ((result & (top >> 1)) != 0),
            Operation.Shr => (value & top) != 0,
            Operation.Sar => false,
            _ => sign != carry,
        };
        StatusFlags.Set(ref rflags, Rflags.Overflow, overflow);
        if (operation >= Operation.Shl)
        {
            Arithmetic.SetResult(ref rflags, result, size);
        }

        return result;
    }

    // SHLD and SHRD: what leaves the value becomes CF, and `more` enters at the other end. A word shifted by more than
    // 16 is undefined.
    public static ulong Double(
        Operation operation, ulong value, ulong more, ulong count, int size, ref Rflags rflags)
    {
        int masked = (int)count & (size == 8 ? 0x3F : 0x1F);
        if (masked == 0)
        {
            return value;
        }

        int rest = (8 * size) - masked;
        bool left = operation == Operation.Shld;
        ulong result = left ? (value << masked) | (more >> rest) : (value >> masked) | (more << rest);
        result &= Width.Mask(size);
        ulong leaving = left ? value >> rest : value >> (masked - 1);
        StatusFlags.Set(ref rflags, Rflags.Carry, (leaving & 1) != 0);
        StatusFlags.Set(ref rflags, Rflags.Overflow, ((value ^ result) & Width.SignBit(size)) != 0);
        Arithmetic.SetResult(ref rflags, result, size);
        return result;
    }

    // One bit at a time, at most 63: what leaves becomes CF, and the operations differ in what enters.
    private static ulong Move(Operation operation, ulong value, int count, int size, ref Rflags rflags)
    {
        bool left = operation is Operation.Rol or Operation.Rcl or Operation.Shl or Operation.Sal;
        ulong top = Width.SignBit(size);
        bool carry = (rflags & Rflags.Carry) != 0;
        for (int i = 0; i < count; i++)
        {
            bool leaving = (value & (left ? top : 1)) != 0;
            bool entering = operation switch
            {
                Operation.Rol or Operation.Ror => leaving,
                Operation.Rcl or Operation.Rcr => carry,
                Operation.Sar => (value & top) != 0,
                _ => false,
            };
            value = left ? (value << 1) & Width.Mask(size) : value >> 1;
            value |= !entering ? 0 : left ? 1 : top;
            carry = leaving;
        }

        StatusFlags.Set(ref rflags, Rflags.Carry, carry);
        return value;
    }
}
