// Calls every intrinsic of Interlocked and Volatile in the compiled core library.

using System.Runtime;
using System.Threading;

namespace MinusOne.Tests.CoreLib.Probes;

internal static unsafe class ThreadingProbes
{
    private const string Locked = "System.Threading.Interlocked.";
    private const string Ordered = "System.Threading.Volatile.";

    [RuntimeExport(Locked + "CompareExchange(ref Int32, Int32, Int32)")]
    private static int CompareExchange(int* a, int value, int comparand) =>
        Interlocked.CompareExchange(ref *a, value, comparand);

    [RuntimeExport(Locked + "CompareExchange(ref Int64, Int64, Int64)")]
    private static long CompareExchange(long* a, long value, long comparand) =>
        Interlocked.CompareExchange(ref *a, value, comparand);

    [RuntimeExport(Locked + "Exchange(ref Int32, Int32)")]
    private static int Exchange(int* a, int value) => Interlocked.Exchange(ref *a, value);

    [RuntimeExport(Locked + "Exchange(ref Int64, Int64)")]
    private static long Exchange(long* a, long value) => Interlocked.Exchange(ref *a, value);

    // Private; Add is made of it.
    [RuntimeExport(Locked + "ExchangeAdd(ref Int32, Int32)")]
    private static int Add(int* a, int value) => Interlocked.Add(ref *a, value) - value;

    [RuntimeExport(Locked + "ExchangeAdd(ref Int64, Int64)")]
    private static long Add(long* a, long value) => Interlocked.Add(ref *a, value) - value;

    [RuntimeExport(Ordered + "Read(ref Boolean)")]
    private static bool ReadBoolean(bool* a) => Volatile.Read(ref *a);

    [RuntimeExport(Ordered + "Read(ref Byte)")]
    private static byte ReadByte(byte* a) => Volatile.Read(ref *a);

    [RuntimeExport(Ordered + "Read(ref Int32)")]
    private static int ReadInt32(int* a) => Volatile.Read(ref *a);

    [RuntimeExport(Ordered + "Read(ref UInt32)")]
    private static uint ReadUInt32(uint* a) => Volatile.Read(ref *a);

    [RuntimeExport(Ordered + "Read(ref Int64)")]
    private static long ReadInt64(long* a) => Volatile.Read(ref *a);

    [RuntimeExport(Ordered + "Read(ref UInt64)")]
    private static ulong ReadUInt64(ulong* a) => Volatile.Read(ref *a);

    [RuntimeExport(Ordered + "Write(ref Boolean, Boolean)")]
    private static void WriteBoolean(bool* a, bool value) => Volatile.Write(ref *a, value);

    [RuntimeExport(Ordered + "Write(ref Byte, Byte)")]
    private static void WriteByte(byte* a, byte value) => Volatile.Write(ref *a, value);

    [RuntimeExport(Ordered + "Write(ref Int32, Int32)")]
    private static void WriteInt32(int* a, int value) => Volatile.Write(ref *a, value);

    [RuntimeExport(Ordered + "Write(ref UInt32, UInt32)")]
    private static void WriteUInt32(uint* a, uint value) => Volatile.Write(ref *a, value);

    [RuntimeExport(Ordered + "Write(ref Int64, Int64)")]
    private static void WriteInt64(long* a, long value) => Volatile.Write(ref *a, value);

    [RuntimeExport(Ordered + "Write(ref UInt64, UInt64)")]
    private static void WriteUInt64(ulong* a, ulong value) => Volatile.Write(ref *a, value);

    // Twice, because a compiler may fold two plain reads into one: the test counts the loads.
    [RuntimeExport("ReadTwice")]
    private static ulong ReadTwice(ulong* a) => Volatile.Read(ref *a) + Volatile.Read(ref *a);
}
