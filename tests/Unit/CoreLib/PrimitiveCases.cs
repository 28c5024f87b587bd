// The keyword types, and the small structs that the language makes of `T?`, `^1`, `1..3` and `(a, b)`. The limits
// (constants) are compared with the real ones by SurfaceTests.

extern alias ours;

using System;
using System.Runtime.CompilerServices;
using OurIndex = ours::System.Index;

namespace MinusOne.Tests.Unit.CoreLib;

internal static class PrimitiveCases
{
    public static Case[] All =>
    [
        new("System.Boolean.Equals(Boolean)", r => Equal<ours::System.Boolean, bool>(r, 1, (a, b) => a.Equals(b))),
        new("System.Char.Equals(Char)", r => Equal<ours::System.Char, char>(r, char.MaxValue, (a, b) => a.Equals(b))),
        new("System.SByte.Equals(SByte)", r =>
            Equal<ours::System.SByte, sbyte>(r, byte.MaxValue, (a, b) => a.Equals(b))),
        new("System.Byte.Equals(Byte)", r => Equal<ours::System.Byte, byte>(r, byte.MaxValue, (a, b) => a.Equals(b))),
        new("System.Int16.Equals(Int16)", r =>
            Equal<ours::System.Int16, short>(r, ushort.MaxValue, (a, b) => a.Equals(b))),
        new("System.UInt16.Equals(UInt16)", r =>
            Equal<ours::System.UInt16, ushort>(r, ushort.MaxValue, (a, b) => a.Equals(b))),
        new("System.Int32.Equals(Int32)", r => Equal<ours::System.Int32, int>(r, uint.MaxValue, (a, b) => a.Equals(b))),
        new("System.UInt32.Equals(UInt32)", r =>
            Equal<ours::System.UInt32, uint>(r, uint.MaxValue, (a, b) => a.Equals(b))),
        new("System.Int64.Equals(Int64)", r =>
            Equal<ours::System.Int64, long>(r, ulong.MaxValue, (a, b) => a.Equals(b))),
        new("System.UInt64.Equals(UInt64)", r =>
            Equal<ours::System.UInt64, ulong>(r, ulong.MaxValue, (a, b) => a.Equals(b))),
        new("System.IntPtr.get_Size()", _ => Same.Check("Size", () => ours::System.IntPtr.Size, () => nint.Size)),
        new("System.UIntPtr.get_Size()", _ => Same.Check("Size", () => ours::System.UIntPtr.Size, () => nuint.Size)),
        .. Nullables,
        .. Ranges,
        new("System.ValueTuple`2..ctor(T0, T1)", r => Same.Two(
            r, Values.Int64, (a, b) => Parts(new ours::System.ValueTuple<long, long>(a, b)), (a, b) => $"{a} {b}")),
        new("System.ValueTuple`3..ctor(T0, T1, T2)", r => Same.Three(
            r,
            Values.Int64,
            (a, b, c) => Parts(new ours::System.ValueTuple<long, long, long>(a, b, c)),
            (a, b, c) => $"{a} {b} {c}")),
    ];

    private static Case[] Nullables =>
    [
        new("System.Nullable`1..ctor(T0)", r => Same.One(
            r, Values.Int32, value => new ours::System.Nullable<int>(value).Value, value => new int?(value).Value)),
        new("System.Nullable`1.get_HasValue()", r => Maybe(r, ours => ours.HasValue, theirs => theirs.HasValue)),
        new("System.Nullable`1.get_Value()", r => Maybe(r, ours => ours.Value, theirs => theirs.Value)),
        new("System.Nullable`1.GetValueOrDefault()", r => Maybe(
            r, ours => ours.GetValueOrDefault(), theirs => theirs.GetValueOrDefault())),
        new("System.Nullable`1.GetValueOrDefault(T0)",
            r => Maybe(r, ours => ours.GetValueOrDefault(7), theirs => theirs.GetValueOrDefault(7))),
        new("System.Nullable`1.op_Implicit(T0)", r => Same.One(
            r, Values.Int32, value => ((ours::System.Nullable<int>)value).Value, value => ((int?)value).Value)),
        new("System.Nullable`1.op_Explicit(System.Nullable`1<T0>)", r => Maybe(
            r, ours => (int)ours, theirs => (int)theirs)),
    ];

    private static Case[] Ranges =>
    [
        new("System.Index..ctor(Int32, Boolean)", r => Indexes(
            r, ours => ours.GetOffset(0), theirs => theirs.GetOffset(0))),
        new("System.Index.get_Value()", r => Indexes(r, ours => ours.Value, theirs => theirs.Value)),
        new("System.Index.get_IsFromEnd()", r => Indexes(r, ours => ours.IsFromEnd, theirs => theirs.IsFromEnd)),
        new("System.Index.GetOffset(Int32)", r => Indexes(
            r, ours => ours.GetOffset(1000), theirs => theirs.GetOffset(1000))),
        new("System.Index.op_Implicit(Int32)", r => Same.One(
            r, Values.Int32, value => ((OurIndex)value).GetOffset(9), value => ((Index)value).GetOffset(9))),
        new("System.Range..ctor(System.Index, System.Index)", RangeEnds),
        new("System.Range.get_Start()", RangeEnds),
        new("System.Range.get_End()", RangeEnds),
    ];

    private static void Equal<TOurs, T>(Random random, ulong most, Func<TOurs, T, bool> ours)
        where TOurs : unmanaged
        where T : unmanaged, IEquatable<T>
    {
        for (int i = 0; i < 1000; i++)
        {
            ulong a = Values.UInt64(random) & most;
            ulong b = random.Next(2) == 0 ? a : Values.UInt64(random) & most;
            Same.Check($"({a}, {b})", () => ours(As<TOurs>(a), As<T>(b)), () => As<T>(a).Equals(As<T>(b)));
        }
    }

    private static T As<T>(ulong bits) => Unsafe.As<ulong, T>(ref bits);

    private static void Maybe<TResult>(
        Random random, Func<ours::System.Nullable<int>, TResult> ours, Func<int?, TResult> theirs)
    {
        Same.Check("none", () => ours(default), () => theirs(null));
        Same.One(random, Values.Int32, value => ours(new ours::System.Nullable<int>(value)), value => theirs(value));
    }

    private static void Indexes<TResult>(Random random, Func<OurIndex, TResult> ours, Func<Index, TResult> theirs)
    {
        Same.One(random, Values.Int32, value => ours(new OurIndex(value)), value => theirs(new Index(value)));
        Same.One(
            random, Values.Int32, value => ours(new OurIndex(value, true)), value => theirs(new Index(value, true)));
    }

    private static void RangeEnds(Random random) => Same.Two(
        random,
        Values.Int32,
        (a, b) => Ends(new ours::System.Range(new OurIndex(a), new OurIndex(b, true))),
        (a, b) => Ends(new Range(new Index(a), new Index(b, true))));

    private static string Ends(ours::System.Range range) => $"{range.Start.GetOffset(10)} {range.End.GetOffset(10)}";

    private static string Ends(Range range) => $"{range.Start.GetOffset(10)} {range.End.GetOffset(10)}";

    private static string Parts(ours::System.ValueTuple<long, long> tuple) => $"{tuple.Item1} {tuple.Item2}";

    private static string Parts(ours::System.ValueTuple<long, long, long> tuple) =>
        $"{tuple.Item1} {tuple.Item2} {tuple.Item3}";
}
