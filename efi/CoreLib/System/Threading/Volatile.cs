// Reads and writes that the compiler neither drops nor moves: memory that a device, a stub or another processor also
// writes. On x86 the plain MOV already has the order these promise; what counts is that it is emitted.

using System.Runtime.CompilerServices;

namespace System.Threading;

public static class Volatile
{
    [Intrinsic]
    public static bool Read(ref readonly bool location) =>
        Unsafe.As<bool, VolatileBoolean>(ref Unsafe.AsRef(in location)).Value;

    [Intrinsic]
    public static byte Read(ref readonly byte location) =>
        Unsafe.As<byte, VolatileByte>(ref Unsafe.AsRef(in location)).Value;

    [Intrinsic]
    public static int Read(ref readonly int location) =>
        Unsafe.As<int, VolatileInt32>(ref Unsafe.AsRef(in location)).Value;

    [Intrinsic]
    public static uint Read(ref readonly uint location) =>
        Unsafe.As<uint, VolatileUInt32>(ref Unsafe.AsRef(in location)).Value;

    [Intrinsic]
    public static long Read(ref readonly long location) =>
        (long)Unsafe.As<long, VolatileUIntPtr>(ref Unsafe.AsRef(in location)).Value;

    [Intrinsic]
    public static ulong Read(ref readonly ulong location) =>
        Unsafe.As<ulong, VolatileUIntPtr>(ref Unsafe.AsRef(in location)).Value;

    [Intrinsic]
    public static void Write(ref bool location, bool value) =>
        Unsafe.As<bool, VolatileBoolean>(ref location).Value = value;

    [Intrinsic]
    public static void Write(ref byte location, byte value) =>
        Unsafe.As<byte, VolatileByte>(ref location).Value = value;

    [Intrinsic]
    public static void Write(ref int location, int value) => Unsafe.As<int, VolatileInt32>(ref location).Value = value;

    [Intrinsic]
    public static void Write(ref uint location, uint value) =>
        Unsafe.As<uint, VolatileUInt32>(ref location).Value = value;

    [Intrinsic]
    public static void Write(ref long location, long value) =>
        Unsafe.As<long, VolatileUIntPtr>(ref location).Value = (nuint)value;

    [Intrinsic]
    public static void Write(ref ulong location, ulong value) =>
        Unsafe.As<ulong, VolatileUIntPtr>(ref location).Value = (nuint)value;

    // C# has no volatile ulong; a pointer-sized integer is as wide.
    private struct VolatileUIntPtr
    {
        public volatile nuint Value;
    }

    private struct VolatileUInt32
    {
        public volatile uint Value;
    }

    private struct VolatileInt32
    {
        public volatile int Value;
    }

    private struct VolatileByte
    {
        public volatile byte Value;
    }

    private struct VolatileBoolean
    {
        public volatile bool Value;
    }
}
