// A fuzzer's input in the place of chance: what a random test would draw, it takes from there, so that the fuzzer
// steers the test. Behind the end all numbers are the smallest.

using System;

namespace MinusOne.Tests.Unit.Fuzz;

internal sealed class InputRandom(byte[] input) : Random
{
    private int _position;

    public bool IsOver => _position >= input.Length;

    public override int Next() => (int)(Take(4) & int.MaxValue);

    public override int Next(int maxValue) => (int)NextInt64(maxValue);

    public override int Next(int minValue, int maxValue) => (int)NextInt64(minValue, maxValue);

    public override long NextInt64() => (long)(Take(8) & long.MaxValue);

    public override long NextInt64(long maxValue) => NextInt64(0, maxValue);

    // As few bytes as the range needs.
    public override long NextInt64(long minValue, long maxValue)
    {
        ulong range = (ulong)maxValue - (ulong)minValue;
        int bytes = 1;
        while (bytes < 8 && (range - 1) >> (8 * bytes) != 0)
        {
            bytes++;
        }

        return range <= 1 ? minValue : minValue + (long)(Take(bytes) % range);
    }

    public override double NextDouble() => Take(4) / (uint.MaxValue + 1.0);

    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    public override void NextBytes(Span<byte> buffer)
    {
        foreach (ref byte value in buffer)
        {
            value = (byte)Take(1);
        }
    }

    private ulong Take(int bytes)
    {
        ulong value = 0;
        for (int i = 0; i < bytes && !IsOver; i++)
        {
            value |= (ulong)input[_position++] << (8 * i);
        }

        return value;
    }
}
