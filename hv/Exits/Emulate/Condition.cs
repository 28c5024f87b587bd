// The sixteen conditions of CMOVcc and SETcc. SDM 1 B EFLAGS Condition Codes.

namespace MinusOne.Hv.Exits.Emulate;

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
