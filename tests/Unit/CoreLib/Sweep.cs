// Every short copy and fill there is: all lengths up to 200, all distances that make source and destination overlap and
// some that don't, at several alignments, against a loop over bytes.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.CoreLib;

internal static unsafe class Sweep
{
    private const int Longest = 200;
    private const int Space = (3 * Longest) + 64;

    public delegate void Copy(byte* to, byte* from, nuint length);

    public delegate void Fill(byte* to, int length, byte value);

    public static void OverCopies(Copy copy)
    {
        byte[] fresh = Values.Bytes(new Random(3), Space);
        byte* actual = stackalloc byte[Space];
        byte* expected = stackalloc byte[Space];
        for (int length = 0; length <= Longest; length++)
        {
            for (int distance = -Longest; distance <= Longest; distance++)
            {
                int from = Longest + ((length + distance) & 15);
                fresh.CopyTo(new Span<byte>(actual, Space));
                fresh.CopyTo(new Span<byte>(expected, Space));
                copy(actual + from + distance, actual + from, (nuint)length);
                for (int i = 0; i < length; i++)
                {
                    expected[from + distance + i] = fresh[from + i];
                }

                Assert.True(
                    new Span<byte>(actual, Space).SequenceEqual(new Span<byte>(expected, Space)),
                    $"{length} bytes from {from} to {from + distance}");
            }
        }
    }

    public static void OverFills(Fill fill)
    {
        byte[] fresh = Values.Bytes(new Random(4), Space);
        byte* actual = stackalloc byte[Space];
        for (int length = 0; length <= Longest; length++)
        {
            for (int start = 32; start < 48; start++)
            {
                byte value = (byte)(length + start);
                fresh.CopyTo(new Span<byte>(actual, Space));
                fill(actual + start, length, value);
                for (int i = 0; i < Space; i++)
                {
                    byte expected = i >= start && i < start + length ? value : fresh[i];
                    if (actual[i] != expected)
                    {
                        Assert.Fail($"{length} bytes at {start}: byte {i}");
                    }
                }
            }
        }
    }
}
