// Smallest, largest, limits and wide products.

using System.Runtime.CompilerServices;

namespace System;

public static class Math
{
    public static int Abs(int value) => value < 0 ? checked(-value) : value;

    public static long Abs(long value) => value < 0 ? checked(-value) : value;

    public static int Min(int val1, int val2) => val1 <= val2 ? val1 : val2;

    public static uint Min(uint val1, uint val2) => val1 <= val2 ? val1 : val2;

    public static long Min(long val1, long val2) => val1 <= val2 ? val1 : val2;

    public static ulong Min(ulong val1, ulong val2) => val1 <= val2 ? val1 : val2;

    public static int Max(int val1, int val2) => val1 >= val2 ? val1 : val2;

    public static uint Max(uint val1, uint val2) => val1 >= val2 ? val1 : val2;

    public static long Max(long val1, long val2) => val1 >= val2 ? val1 : val2;

    public static ulong Max(ulong val1, ulong val2) => val1 >= val2 ? val1 : val2;

    public static int Clamp(int value, int min, int max)
    {
        if (min > max)
        {
            Panic.ArgumentOutOfRange();
        }

        return value < min ? min : value > max ? max : value;
    }

    public static ulong Clamp(ulong value, ulong min, ulong max)
    {
        if (min > max)
        {
            Panic.ArgumentOutOfRange();
        }

        return value < min ? min : value > max ? max : value;
    }

    // The upper half of a 128-bit product, from four 64-bit ones.
    public static ulong BigMul(ulong a, ulong b, out ulong low)
    {
        ulong aLow = (uint)a, aHigh = a >> 32, bLow = (uint)b, bHigh = b >> 32;
        ulong lowLow = aLow * bLow;
        ulong middle = (aHigh * bLow) + (lowLow >> 32);
        ulong middleLow = (aLow * bHigh) + (uint)middle;
        low = (middleLow << 32) | (uint)lowLow;
        return (aHigh * bHigh) + (middle >> 32) + (middleLow >> 32);
    }
}
