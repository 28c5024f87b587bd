// The compiled core library's copies, its constant data, its bit counting, and the checks that the compiler inserts.

using System;
using System.Numerics;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MinusOne.Tests.CoreLib.Probes;

internal static unsafe class DataProbes
{
    private const string Bits = "System.Numerics.BitOperations.";

    private static readonly uint[] s_table = [1, 20, 300, 4000, 50000, 600000, 7000000, 80000000, 900000000];

    private static ReadOnlySpan<ulong> Constants => [2, 30, 400, 5000];

    [RuntimeExport(
        "System.Runtime.CompilerServices.RuntimeHelpers.InitializeArray(System.Array, System.RuntimeFieldHandle)")]
    private static uint FromTable(int index) => s_table[index];

    [RuntimeExport("System.Runtime.CompilerServices.RuntimeHelpers.CreateSpan(System.RuntimeFieldHandle)")]
    private static ulong FromConstants(int index) => Constants[index];

    [RuntimeExport("System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(M0[])")]
    private static uint FromArrayData(int index) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(s_table), index);

    [RuntimeExport(Bits + "TrailingZeroCount(UInt32)")]
    private static int TrailingZeroes(uint value) => BitOperations.TrailingZeroCount(value);

    [RuntimeExport(Bits + "TrailingZeroCount(UInt64)")]
    private static int TrailingZeroes(ulong value) => BitOperations.TrailingZeroCount(value);

    [RuntimeExport(Bits + "LeadingZeroCount(UInt32)")]
    private static int LeadingZeroes(uint value) => BitOperations.LeadingZeroCount(value);

    [RuntimeExport(Bits + "LeadingZeroCount(UInt64)")]
    private static int LeadingZeroes(ulong value) => BitOperations.LeadingZeroCount(value);

    [RuntimeExport("Memmove")]
    private static void Memmove(byte* to, byte* from, nuint length) => SpanHelpers.Memmove(ref *to, ref *from, length);

    [RuntimeExport("Fill")]
    private static void Fill(byte* to, int length, byte value) => new Span<byte>(to, length).Fill(value);

    [RuntimeExport("Clear")]
    private static void Clear(byte* to, int length) => new Span<byte>(to, length).Clear();

    [RuntimeExport("CopyStruct")]
    private static void CopyStruct(Large* to, Large* from) => *to = *from;

    [RuntimeExport("Add")]
    private static int Add(int a, int b) => checked(a + b);

    [RuntimeExport("Slice")]
    private static int Slice(byte* data, int length, int start) => new ReadOnlySpan<byte>(data, length)[start..].Length;

    [RuntimeExport("Last")]
    private static byte Last(byte* data, int length) => new ReadOnlySpan<byte>(data, length)[^1];

    [RuntimeExport("Maybe")]
    private static int Maybe(int value) => HalfOf(value).Value;

    private static int? HalfOf(int value) => (value & 1) == 0 ? value / 2 : null;

    [StructLayout(LayoutKind.Sequential, Size = 1000)]
    private struct Large
    {
    }
}
