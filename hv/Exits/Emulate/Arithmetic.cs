// Integer arithmetic and logic with their flags, on 1, 2, 4 or 8 bytes. Operands come and results go cut to that width.
// SDM 1 A EFLAGS Cross-Reference. The one flag left undefined there, AF of the logic instructions, is cleared.
namespace MinusOne.Hv.Exits.Emulate;

internal static class Arithmetic
{
    private const Rflags Computed = Rflags.Carry | Rflags.Adjust | Rflags.Overflow;

    public static ulong Add(ulong left, ulong right, bool carry, int size, ref Rflags rflags)
    {
        ulong result = (left + right + (carry ? 1UL : 0)) & Width.Mask(size);
        ulong carries = (left & right) | ((left | right) & ~result);
        SetCarries(ref rflags, carries, (left ^ result) & (right ^ result), size);
        SetResult(ref rflags, result, size);
        return result;
    }

    public static ulong Subtract(ulong left, ulong right, bool borrow, int size, ref Rflags rflags)
    {
        ulong result = (left - right - (borrow ? 1UL : 0)) & Width.Mask(size);
        ulong borrows = (~left & right) | ((~left | right) & result);
        SetCarries(ref rflags, borrows, (left ^ right) & (left ^ result), size);
        SetResult(ref rflags, result, size);
        return result;
    }

    // AND, OR and XOR, once computed.
    public static ulong Logic(ulong result, int size, ref Rflags rflags)
    {
        rflags &= ~Computed;
        SetResult(ref rflags, result, size);
        return result;
    }

    // INC and DEC leave CF alone.
    public static ulong Increment(ulong value, int size, ref Rflags rflags)
    {
        Rflags carry = rflags & Rflags.Carry;
        ulong result = Add(value, 1, false, size, ref rflags);
        rflags = (rflags & ~Rflags.Carry) | carry;
        return result;
    }

    public static ulong Decrement(ulong value, int size, ref Rflags rflags)
    {
        Rflags carry = rflags & Rflags.Carry;
        ulong result = Subtract(value, 1, false, size, ref rflags);
        rflags = (rflags & ~Rflags.Carry) | carry;
        return result;
    }

    public static void SetResult(ref Rflags rflags, ulong result, int size)
    {
        StatusFlags.Set(ref rflags, Rflags.Zero, result == 0);
        StatusFlags.Set(ref rflags, Rflags.Sign, (result & Width.SignBit(size)) != 0);
        StatusFlags.Set(ref rflags, Rflags.Parity, (BitOperations.PopCount(result & 0xFF) & 1) == 0);
    }

    // carries: bit n is what went from bit n to the next. CF is the last of them, AF that of bit 3.
    private static void SetCarries(ref Rflags rflags, ulong carries, ulong overflow, int size)
    {
        StatusFlags.Set(ref rflags, Rflags.Carry, (carries & Width.SignBit(size)) != 0);
        StatusFlags.Set(ref rflags, Rflags.Adjust, (carries & 8) != 0);
        StatusFlags.Set(ref rflags, Rflags.Overflow, (overflow & Width.SignBit(size)) != 0);
    }
}

// Arithmetic on values of 1, 2, 4 or 8 bytes held in 64 bits.
internal static class Width
{
    public static ulong Mask(int size) => ulong.MaxValue >> (64 - (8 * size));
    public static ulong SignBit(int size) => 1UL << ((8 * size) - 1);

    public static ulong SignExtend(ulong value, int size)
    {
        int shift = 64 - (8 * size);
        return (ulong)((long)(value << shift) >> shift);
    }
}

// One flag of RFLAGS at a time.
internal static class StatusFlags
{
    public static void Set(ref Rflags rflags, Rflags flag, bool value) =>
        rflags = value ? rflags | flag : rflags & ~flag;
}

// The sixteen conditions of CMOVcc and SETcc. SDM 1 B EFLAGS Condition Codes.
internal static class Condition
{
    public static bool Holds(int condition, Rflags rflags)
    {
        bool carry = (rflags & Rflags.Carry) != 0;
        bool zero = (rflags & Rflags.Zero) != 0;
        bool sign = (rflags & Rflags.Sign) != 0;
        bool overflow = (rflags & Rflags.Overflow) != 0;
        bool holds = (condition >> 1) switch
        {
            0 => overflow,
            1 => carry,
            2 => zero,
            3 => carry || zero,
            4 => sign,
            5 => (rflags & Rflags.Parity) != 0,
            6 => sign != overflow,
            _ => zero || sign != overflow,
        };

        // Odd conditions are the negations.
        return holds != ((condition & 1) != 0);
    }
}
