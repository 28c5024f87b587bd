// Inputs: the edges of a type often, otherwise any number of random bits, so that small and large values are equally
// likely.

using System;

namespace MinusOne.Tests.Unit.CoreLib;

internal static class Values
{
    public static ulong UInt64(Random random) => random.Next(8) switch
    {
        0 => (ulong)random.Next(3),
        1 => ulong.MaxValue - (ulong)random.Next(3),
        2 => (1UL << random.Next(64)) + (ulong)random.Next(3) - 1,
        _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64),
    };

    public static long Int64(Random random) => (long)UInt64(random) * (1 - (2 * random.Next(2)));

    public static uint UInt32(Random random) =>
        random.Next(2) == 0 ? (uint)UInt64(random) : (uint)(UInt64(random) >> 32);

    public static int Int32(Random random) => (int)UInt32(random);

    public static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
