// What each intrinsic must do, said without it. A probe gets up to three arguments and answers in RAX.

using System;
using System.Numerics;

namespace MinusOne.Tests.Unit.CoreLib;

internal static unsafe class IntrinsicModel
{
    public delegate ulong Probe(ulong a, ulong b, ulong c);

    public static bool Agrees(string member, Random random, Probe probe)
    {
        int dot = member.LastIndexOf('.', member.IndexOf('('));
        string type = member[..dot];
        string name = member[(dot + 1)..];
        return type[(type.LastIndexOf('.') + 1)..] switch
        {
            "Unsafe" => References(name, random, probe) ?? Accesses(name, random, probe),
            "Interlocked" => Locked(name, random, probe),
            "Volatile" => Ordered(name, random, probe),
            "BitOperations" => Bits(name, random, probe),
            _ => Data(name, probe),
        };
    }

    private static bool? References(string name, Random random, Probe probe)
    {
        ulong a = 0x1_0000_0000UL + Values.UInt32(random);
        ulong b = random.Next(2) == 0 ? a : 0x1_0000_0000UL + Values.UInt32(random);
        long n = random.Next(-100, 100);
        return name switch
        {
            "Add(ref M0, Int32)" => probe(a, (uint)n, 0) == a + (ulong)(4 * n),
            "Add(ref M0, UIntPtr)" => probe(a, (ulong)n, 0) == a + (ulong)(4 * n),
            "AddByteOffset(ref M0, UIntPtr)" or "AddByteOffset(ref M0, IntPtr)" =>
                probe(a, (ulong)n, 0) == a + (ulong)n,
            "Subtract(ref M0, Int32)" => probe(a, (uint)n, 0) == a - (ulong)(4 * n),
            "AsPointer(ref M0)" => probe(a, 0, 0) == a,
            "AreSame(ref M0, ref M0)" => ((byte)probe(a, b, 0) == 1) == (a == b),
            "ByteOffset(ref M0, ref M0)" => probe(a, b, 0) == b - a,
            "IsNullRef(ref M0)" => (byte)probe(0, 0, 0) == 1 && (byte)probe(a, 0, 0) == 0,
            "NullRef()" => probe(0, 0, 0) == 0,
            "SizeOf()" => probe(0, 0, 0) == 3,
            "BitCast(M0)" => probe(a, 0, 0) == a,
            _ => null,
        };
    }

    private static bool Accesses(string name, Random random, Probe probe)
    {
        byte* memory = stackalloc byte[24];
        byte[] before = Values.Bytes(random, 24);
        before.CopyTo(new Span<byte>(memory, 24));
        ulong place = (ulong)memory + 3;
        ulong value = Values.UInt64(random);
        byte[] after = [.. before];
        switch (name)
        {
            case "As(Object)":
                return probe(2, 0, 0) == 12;
            case "As(ref M0)":
                return (ushort)probe(place, 0, 0) == BitConverter.ToUInt16(before, 3);
            case "AsRef(ref M0)":
            case "AsRef(Void*)":
                BitConverter.TryWriteBytes(after.AsSpan(3), BitConverter.ToUInt32(before, 3) + 1);
                return (uint)probe(place, 0, 0) == BitConverter.ToUInt32(after, 3) && Holds(memory, after);
            case "ReadUnaligned(ref Byte)":
            case "ReadUnaligned(Void*)":
                return probe(place, 0, 0) == BitConverter.ToUInt64(before, 3) && Holds(memory, before);
            case "WriteUnaligned(ref Byte, M0)":
            case "WriteUnaligned(Void*, M0)":
                BitConverter.TryWriteBytes(after.AsSpan(3), value);
                probe(place, value, 0);
                return Holds(memory, after);
            default:
                throw new NotSupportedException(name);
        }
    }

    private static bool Locked(string name, Random random, Probe probe)
    {
        bool wide = name.Contains("64");
        ulong mask = wide ? ulong.MaxValue : uint.MaxValue;
        ulong* memory = stackalloc ulong[2];
        (ulong before, ulong guard, ulong value) =
            (Values.UInt64(random), Values.UInt64(random), Values.UInt64(random));
        ulong comparand = random.Next(2) == 0 ? before : value;
        (memory[0], memory[1]) = (before, guard);
        ulong answer = probe((ulong)memory, value, comparand);
        ulong after = name.Split('(')[0] switch
        {
            "CompareExchange" => ((before ^ comparand) & mask) == 0 ? value : before,
            "Exchange" => value,
            "ExchangeAdd" => before + value,
            _ => throw new NotSupportedException(name),
        };
        return ((answer ^ before) & mask) == 0 &&
            memory[0] == ((after & mask) | (before & ~mask)) && memory[1] == guard;
    }

    private static bool Ordered(string name, Random random, Probe probe)
    {
        ulong mask = name[(name.LastIndexOf(' ') + 1)..^1] switch
        {
            "Boolean" or "Byte" => 0xFF,
            "Int32" or "UInt32" => uint.MaxValue,
            _ => ulong.MaxValue,
        };
        ulong* memory = stackalloc ulong[2];
        (ulong before, ulong guard, ulong value) =
            (Values.UInt64(random), Values.UInt64(random), Values.UInt64(random));
        (memory[0], memory[1]) = (before, guard);
        ulong answer = probe((ulong)memory, value, 0);
        return name.StartsWith("Read", StringComparison.Ordinal)
            ? ((answer ^ before) & mask) == 0 && memory[0] == before && memory[1] == guard
            : memory[0] == ((value & mask) | (before & ~mask)) && memory[1] == guard;
    }

    private static bool Bits(string name, Random random, Probe probe)
    {
        ulong value = random.Next(8) == 0 ? 0 : Values.UInt64(random);
        int expected = name switch
        {
            "TrailingZeroCount(UInt32)" => BitOperations.TrailingZeroCount((uint)value),
            "TrailingZeroCount(UInt64)" => BitOperations.TrailingZeroCount(value),
            "LeadingZeroCount(UInt32)" => BitOperations.LeadingZeroCount((uint)value),
            "LeadingZeroCount(UInt64)" => BitOperations.LeadingZeroCount(value),
            _ => throw new NotSupportedException(name),
        };
        return (int)probe(value, 0, 0) == expected;
    }

    private static bool Data(string name, Probe probe) => name.Split('(')[0] switch
    {
        "InitializeArray" or "GetArrayDataReference" => probe(0, 0, 0) == 1 && probe(8, 0, 0) == 900000000,
        "CreateSpan" => probe(0, 0, 0) == 2 && probe(3, 0, 0) == 5000,
        _ => throw new NotSupportedException(name),
    };

    private static bool Holds(byte* memory, byte[] content) =>
        new Span<byte>(memory, content.Length).SequenceEqual(content);
}
