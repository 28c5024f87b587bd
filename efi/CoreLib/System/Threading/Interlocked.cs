// Read, change and write memory in one step that no other processor can come between. Everything is made of the three
// operations that the compiler supplies (InterlockedIntrinsics.cs).

using System.Runtime.CompilerServices;

namespace System.Threading;

public static partial class Interlocked
{
    public static uint CompareExchange(ref uint location1, uint value, uint comparand) =>
        (uint)CompareExchange(ref Unsafe.As<uint, int>(ref location1), (int)value, (int)comparand);

    public static ulong CompareExchange(ref ulong location1, ulong value, ulong comparand) =>
        (ulong)CompareExchange(ref Unsafe.As<ulong, long>(ref location1), (long)value, (long)comparand);

    public static uint Exchange(ref uint location1, uint value) =>
        (uint)Exchange(ref Unsafe.As<uint, int>(ref location1), (int)value);

    public static ulong Exchange(ref ulong location1, ulong value) =>
        (ulong)Exchange(ref Unsafe.As<ulong, long>(ref location1), (long)value);

    public static int Add(ref int location1, int value) => ExchangeAdd(ref location1, value) + value;

    public static long Add(ref long location1, long value) => ExchangeAdd(ref location1, value) + value;

    public static uint Add(ref uint location1, uint value) =>
        (uint)Add(ref Unsafe.As<uint, int>(ref location1), (int)value);

    public static ulong Add(ref ulong location1, ulong value) =>
        (ulong)Add(ref Unsafe.As<ulong, long>(ref location1), (long)value);

    public static int Increment(ref int location) => Add(ref location, 1);

    public static long Increment(ref long location) => Add(ref location, 1);

    public static uint Increment(ref uint location) => Add(ref location, 1);

    public static ulong Increment(ref ulong location) => Add(ref location, 1);

    public static int Decrement(ref int location) => Add(ref location, -1);

    public static long Decrement(ref long location) => Add(ref location, -1);

    public static uint Decrement(ref uint location) => Add(ref location, uint.MaxValue);

    public static ulong Decrement(ref ulong location) => Add(ref location, ulong.MaxValue);

    // And and Or return what was there before.
    public static uint And(ref uint location1, uint value)
    {
        uint before, current = location1;
        do
        {
            before = current;
            current = CompareExchange(ref location1, before & value, before);
        }
        while (current != before);
        return before;
    }

    public static uint Or(ref uint location1, uint value)
    {
        uint before, current = location1;
        do
        {
            before = current;
            current = CompareExchange(ref location1, before | value, before);
        }
        while (current != before);
        return before;
    }

    public static ulong And(ref ulong location1, ulong value)
    {
        ulong before, current = location1;
        do
        {
            before = current;
            current = CompareExchange(ref location1, before & value, before);
        }
        while (current != before);
        return before;
    }

    public static ulong Or(ref ulong location1, ulong value)
    {
        ulong before, current = location1;
        do
        {
            before = current;
            current = CompareExchange(ref location1, before | value, before);
        }
        while (current != before);
        return before;
    }
}
