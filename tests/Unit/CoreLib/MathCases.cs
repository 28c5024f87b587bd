// System.Math and System.Numerics.BitOperations.

extern alias ours;

using System;
using System.Numerics;
using OurBits = ours::System.Numerics.BitOperations;
using OurMath = ours::System.Math;

namespace MinusOne.Tests.Unit.CoreLib;

internal static class MathCases
{
    public static Case[] All =>
    [
        new("System.Math.Abs(Int32)", r => Same.One<int, int>(r, Values.Int32, OurMath.Abs, Math.Abs)),
        new("System.Math.Abs(Int64)", r => Same.One<long, long>(r, Values.Int64, OurMath.Abs, Math.Abs)),
        new("System.Math.Min(Int32, Int32)", r => Same.Two<int, int>(r, Values.Int32, OurMath.Min, Math.Min)),
        new("System.Math.Min(UInt32, UInt32)", r => Same.Two<uint, uint>(r, Values.UInt32, OurMath.Min, Math.Min)),
        new("System.Math.Min(Int64, Int64)", r => Same.Two<long, long>(r, Values.Int64, OurMath.Min, Math.Min)),
        new("System.Math.Min(UInt64, UInt64)", r => Same.Two<ulong, ulong>(r, Values.UInt64, OurMath.Min, Math.Min)),
        new("System.Math.Max(Int32, Int32)", r => Same.Two<int, int>(r, Values.Int32, OurMath.Max, Math.Max)),
        new("System.Math.Max(UInt32, UInt32)", r => Same.Two<uint, uint>(r, Values.UInt32, OurMath.Max, Math.Max)),
        new("System.Math.Max(Int64, Int64)", r => Same.Two<long, long>(r, Values.Int64, OurMath.Max, Math.Max)),
        new("System.Math.Max(UInt64, UInt64)", r => Same.Two<ulong, ulong>(r, Values.UInt64, OurMath.Max, Math.Max)),
        new("System.Math.Clamp(Int32, Int32, Int32)", r =>
            Same.Three<int, int>(r, Values.Int32, OurMath.Clamp, Math.Clamp)),
        new("System.Math.Clamp(UInt64, UInt64, UInt64)", r =>
            Same.Three<ulong, ulong>(r, Values.UInt64, OurMath.Clamp, Math.Clamp)),
        new("System.Math.BigMul(UInt64, UInt64, ref UInt64)", BigMul),
        .. Bits,
    ];

    private static Case[] Bits =>
    [
        new("System.Numerics.BitOperations.IsPow2(UInt64)", r => Long(r, OurBits.IsPow2, BitOperations.IsPow2)),
        new("System.Numerics.BitOperations.PopCount(UInt32)", r => Int(r, OurBits.PopCount, BitOperations.PopCount)),
        new("System.Numerics.BitOperations.PopCount(UInt64)", r => Long(r, OurBits.PopCount, BitOperations.PopCount)),
        new("System.Numerics.BitOperations.TrailingZeroCount(UInt32)",
            r => Int(r, OurBits.TrailingZeroCount, BitOperations.TrailingZeroCount)),
        new("System.Numerics.BitOperations.TrailingZeroCount(UInt64)",
            r => Long(r, OurBits.TrailingZeroCount, BitOperations.TrailingZeroCount)),
        new("System.Numerics.BitOperations.LeadingZeroCount(UInt32)",
            r => Int(r, OurBits.LeadingZeroCount, BitOperations.LeadingZeroCount)),
        new("System.Numerics.BitOperations.LeadingZeroCount(UInt64)",
            r => Long(r, OurBits.LeadingZeroCount, BitOperations.LeadingZeroCount)),
        new("System.Numerics.BitOperations.Log2(UInt32)", r => Int(r, OurBits.Log2, BitOperations.Log2)),
        new("System.Numerics.BitOperations.Log2(UInt64)", r => Long(r, OurBits.Log2, BitOperations.Log2)),
        new("System.Numerics.BitOperations.RotateLeft(UInt32, Int32)",
            r => Rotate(r, OurBits.RotateLeft, BitOperations.RotateLeft, (uint)r.NextInt64())),
        new("System.Numerics.BitOperations.RotateLeft(UInt64, Int32)",
            r => Rotate(r, OurBits.RotateLeft, BitOperations.RotateLeft, (ulong)r.NextInt64())),
        new("System.Numerics.BitOperations.RotateRight(UInt32, Int32)",
            r => Rotate(r, OurBits.RotateRight, BitOperations.RotateRight, (uint)r.NextInt64())),
        new("System.Numerics.BitOperations.RotateRight(UInt64, Int32)",
            r => Rotate(r, OurBits.RotateRight, BitOperations.RotateRight, (ulong)r.NextInt64())),
        new("System.Numerics.BitOperations.RoundUpToPowerOf2(UInt64)",
            r => Long(r, OurBits.RoundUpToPowerOf2, BitOperations.RoundUpToPowerOf2)),
    ];

    private static void Int<TResult>(Random random, Func<uint, TResult> ours, Func<uint, TResult> theirs) =>
        Same.One(random, Values.UInt32, ours, theirs);

    private static void Long<TResult>(Random random, Func<ulong, TResult> ours, Func<ulong, TResult> theirs) =>
        Same.One(random, Values.UInt64, ours, theirs);

    private static void Rotate<T>(Random random, Func<T, int, T> ours, Func<T, int, T> theirs, T value)
    {
        for (int offset = -130; offset <= 130; offset++)
        {
            Same.Check($"({value}, {offset})", () => ours(value, offset), () => theirs(value, offset));
        }

        Same.One(random, Values.Int32, offset => ours(value, offset), offset => theirs(value, offset));
    }

    private static void BigMul(Random random) => Same.Two(
        random,
        Values.UInt64,
        (a, b) => (OurMath.BigMul(a, b, out ulong low), low),
        (a, b) => (Math.BigMul(a, b, out ulong low), low));
}
