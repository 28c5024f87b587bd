// Arithmetic on values of 1, 2, 4 or 8 bytes held in 64 bits.

namespace MinusOne.Hv.Exits.Emulate;

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
