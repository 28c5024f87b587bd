// System.Threading.Interlocked and Volatile: what they answer and what they leave in memory, for one processor.

extern alias ours;

using System;
using System.Threading;
using OurInterlocked = ours::System.Threading.Interlocked;
using OurVolatile = ours::System.Threading.Volatile;

namespace MinusOne.Tests.Unit.CoreLib;

internal static class ThreadingCases
{
    private const string Locked = "System.Threading.Interlocked.";
    private const string Ordered = "System.Threading.Volatile.";

    private delegate T Change<T>(ref T location, T value);

    private delegate T Exchange<T>(ref T location, T value, T comparand);

    public static Case[] All =>
    [
        new(Locked + "CompareExchange(ref Int32, Int32, Int32)",
            r => Compare<int>(r, Values.Int32, OurInterlocked.CompareExchange, Interlocked.CompareExchange)),
        new(Locked + "CompareExchange(ref UInt32, UInt32, UInt32)",
            r => Compare<uint>(r, Values.UInt32, OurInterlocked.CompareExchange, Interlocked.CompareExchange)),
        new(Locked + "CompareExchange(ref Int64, Int64, Int64)",
            r => Compare<long>(r, Values.Int64, OurInterlocked.CompareExchange, Interlocked.CompareExchange)),
        new(Locked + "CompareExchange(ref UInt64, UInt64, UInt64)",
            r => Compare<ulong>(r, Values.UInt64, OurInterlocked.CompareExchange, Interlocked.CompareExchange)),
        new(Locked + "Exchange(ref Int32, Int32)", r =>
            Alter<int>(r, Values.Int32, OurInterlocked.Exchange, Interlocked.Exchange)),
        new(Locked + "Exchange(ref UInt32, UInt32)", r =>
            Alter<uint>(r, Values.UInt32, OurInterlocked.Exchange, Interlocked.Exchange)),
        new(Locked + "Exchange(ref Int64, Int64)", r =>
            Alter<long>(r, Values.Int64, OurInterlocked.Exchange, Interlocked.Exchange)),
        new(Locked + "Exchange(ref UInt64, UInt64)", r =>
            Alter<ulong>(r, Values.UInt64, OurInterlocked.Exchange, Interlocked.Exchange)),
        .. Arithmetic,
        .. Bits,
        .. Plain,
    ];

    private static Case[] Arithmetic =>
    [
        new(Locked + "Add(ref Int32, Int32)", r => Alter<int>(r, Values.Int32, OurInterlocked.Add, Interlocked.Add)),
        new(Locked + "Add(ref UInt32, UInt32)", r =>
            Alter<uint>(r, Values.UInt32, OurInterlocked.Add, Interlocked.Add)),
        new(Locked + "Add(ref Int64, Int64)", r => Alter<long>(r, Values.Int64, OurInterlocked.Add, Interlocked.Add)),
        new(Locked + "Add(ref UInt64, UInt64)", r =>
            Alter<ulong>(r, Values.UInt64, OurInterlocked.Add, Interlocked.Add)),
        new(Locked + "Increment(ref Int32)", r => Alter(
            r,
            Values.Int32,
            (ref int x, int _) => OurInterlocked.Increment(ref x),
            (ref int x, int _) => Interlocked.Increment(ref x))),
        new(Locked + "Increment(ref UInt32)", r => Alter(
            r,
            Values.UInt32,
            (ref uint x, uint _) => OurInterlocked.Increment(ref x),
            (ref uint x, uint _) => Interlocked.Increment(ref x))),
        new(Locked + "Increment(ref Int64)", r => Alter(
            r,
            Values.Int64,
            (ref long x, long _) => OurInterlocked.Increment(ref x),
            (ref long x, long _) => Interlocked.Increment(ref x))),
        new(Locked + "Increment(ref UInt64)", r => Alter(
            r,
            Values.UInt64,
            (ref ulong x, ulong _) => OurInterlocked.Increment(ref x),
            (ref ulong x, ulong _) => Interlocked.Increment(ref x))),
        new(Locked + "Decrement(ref Int32)", r => Alter(
            r,
            Values.Int32,
            (ref int x, int _) => OurInterlocked.Decrement(ref x),
            (ref int x, int _) => Interlocked.Decrement(ref x))),
        new(Locked + "Decrement(ref UInt32)", r => Alter(
            r,
            Values.UInt32,
            (ref uint x, uint _) => OurInterlocked.Decrement(ref x),
            (ref uint x, uint _) => Interlocked.Decrement(ref x))),
        new(Locked + "Decrement(ref Int64)", r => Alter(
            r,
            Values.Int64,
            (ref long x, long _) => OurInterlocked.Decrement(ref x),
            (ref long x, long _) => Interlocked.Decrement(ref x))),
        new(Locked + "Decrement(ref UInt64)", r => Alter(
            r,
            Values.UInt64,
            (ref ulong x, ulong _) => OurInterlocked.Decrement(ref x),
            (ref ulong x, ulong _) => Interlocked.Decrement(ref x))),
    ];

    private static Case[] Bits =>
    [
        new(Locked + "And(ref UInt32, UInt32)", r =>
            Alter<uint>(r, Values.UInt32, OurInterlocked.And, Interlocked.And)),
        new(Locked + "And(ref UInt64, UInt64)", r =>
            Alter<ulong>(r, Values.UInt64, OurInterlocked.And, Interlocked.And)),
        new(Locked + "Or(ref UInt32, UInt32)", r => Alter<uint>(r, Values.UInt32, OurInterlocked.Or, Interlocked.Or)),
        new(Locked + "Or(ref UInt64, UInt64)", r => Alter<ulong>(r, Values.UInt64, OurInterlocked.Or, Interlocked.Or)),
    ];

    private static Case[] Plain =>
    [
        new(Ordered + "Read(ref Boolean)", r => Same.One(
            r, Boolean, x => OurVolatile.Read(ref x), x => Volatile.Read(ref x))),
        new(Ordered + "Read(ref Byte)", r => Same.One(
            r, Byte, x => OurVolatile.Read(ref x), x => Volatile.Read(ref x))),
        new(Ordered + "Read(ref Int32)", r => Same.One(
            r, Values.Int32, x => OurVolatile.Read(ref x), x => Volatile.Read(ref x))),
        new(Ordered + "Read(ref UInt32)", r => Same.One(
            r, Values.UInt32, x => OurVolatile.Read(ref x), x => Volatile.Read(ref x))),
        new(Ordered + "Read(ref Int64)", r => Same.One(
            r, Values.Int64, x => OurVolatile.Read(ref x), x => Volatile.Read(ref x))),
        new(Ordered + "Read(ref UInt64)", r => Same.One(
            r, Values.UInt64, x => OurVolatile.Read(ref x), x => Volatile.Read(ref x))),
        new(Ordered + "Write(ref Boolean, Boolean)", r =>
            Store(r, Boolean, (ref bool x, bool y) => OurVolatile.Write(ref x, y))),
        new(Ordered + "Write(ref Byte, Byte)", r =>
            Store(r, Byte, (ref byte x, byte y) => OurVolatile.Write(ref x, y))),
        new(Ordered + "Write(ref Int32, Int32)", r =>
            Store(r, Values.Int32, (ref int x, int y) => OurVolatile.Write(ref x, y))),
        new(Ordered + "Write(ref UInt32, UInt32)", r =>
            Store(r, Values.UInt32, (ref uint x, uint y) => OurVolatile.Write(ref x, y))),
        new(Ordered + "Write(ref Int64, Int64)", r =>
            Store(r, Values.Int64, (ref long x, long y) => OurVolatile.Write(ref x, y))),
        new(Ordered + "Write(ref UInt64, UInt64)", r =>
            Store(r, Values.UInt64, (ref ulong x, ulong y) => OurVolatile.Write(ref x, y))),
    ];

    private delegate void Put<T>(ref T location, T value);

    private static bool Boolean(Random random) => random.Next(2) == 1;

    private static byte Byte(Random random) => (byte)random.Next(256);

    private static void Store<T>(Random random, Func<Random, T> value, Put<T> put) => Same.Two(
        random,
        value,
        (location, other) =>
        {
            put(ref location, other);
            return location;
        },
        (_, other) => other);

    private static void Alter<T>(Random random, Func<Random, T> value, Change<T> ours, Change<T> theirs) => Same.Two(
        random, value, (a, b) => (ours(ref a, b), a), (a, b) => (theirs(ref a, b), a));

    private static void Compare<T>(Random random, Func<Random, T> value, Exchange<T> ours, Exchange<T> theirs) =>
        Same.Three(
            random,
            value,
            (a, b, c) => (ours(ref a, b, a), a, ours(ref a, b, c), a),
            (a, b, c) => (theirs(ref a, b, a), a, theirs(ref a, b, c), a));
}
