// Calls every intrinsic of Unsafe, in the compiled core library, with integers and pointers for a test to choose. The
// name of a probe is the member it calls.

using System;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace MinusOne.Tests.CoreLib.Probes;

internal static unsafe class UnsafeProbes
{
    private const string Type = "System.Runtime.CompilerServices.Unsafe.";

    private static readonly byte[] s_array = [10, 11, 12, 13];

    // C# wants a Main in every program. The tests call the probes.
    private static void Main()
    {
    }

    [RuntimeExport(Type + "Add(ref M0, Int32)")]
    private static void* AddInt(uint* a, int count) => Unsafe.AsPointer(ref Unsafe.Add(ref *a, count));

    [RuntimeExport(Type + "Add(ref M0, UIntPtr)")]
    private static void* AddNative(uint* a, nuint count) => Unsafe.AsPointer(ref Unsafe.Add(ref *a, count));

    [RuntimeExport(Type + "AddByteOffset(ref M0, UIntPtr)")]
    private static void* AddBytes(uint* a, nuint bytes) => Unsafe.AsPointer(ref Unsafe.AddByteOffset(ref *a, bytes));

    [RuntimeExport(Type + "AddByteOffset(ref M0, IntPtr)")]
    private static void* AddSignedBytes(uint* a, nint bytes) =>
        Unsafe.AsPointer(ref Unsafe.AddByteOffset(ref *a, bytes));

    [RuntimeExport(Type + "As(Object)")]
    private static int AsObject(int index) => Unsafe.As<byte[]>((object)s_array)[index];

    [RuntimeExport(Type + "As(ref M0)")]
    private static ushort AsOther(uint* a) => Unsafe.As<uint, ushort>(ref *a);

    [RuntimeExport(Type + "AsPointer(ref M0)")]
    private static void* AsPointer(uint* a) => Unsafe.AsPointer(ref *a);

    [RuntimeExport(Type + "AsRef(ref M0)")]
    private static uint AsWritable(uint* a)
    {
        Unsafe.AsRef(in *a)++;
        return *a;
    }

    [RuntimeExport(Type + "AsRef(Void*)")]
    private static uint AsReference(void* a) => ++Unsafe.AsRef<uint>(a);

    [RuntimeExport(Type + "AreSame(ref M0, ref M0)")]
    private static bool AreSame(uint* a, uint* b) => Unsafe.AreSame(in *a, in *b);

    [RuntimeExport(Type + "BitCast(M0)")]
    private static ulong BitCast(long value) => Unsafe.BitCast<Pair, ulong>(new Pair { Both = value });

    [RuntimeExport(Type + "ByteOffset(ref M0, ref M0)")]
    private static nint ByteOffset(uint* a, uint* b) => Unsafe.ByteOffset(in *a, in *b);

    [RuntimeExport(Type + "IsNullRef(ref M0)")]
    private static bool IsNullRef(uint* a) => Unsafe.IsNullRef(in *a);

    [RuntimeExport(Type + "NullRef()")]
    private static void* NullRef() => Unsafe.AsPointer(ref Unsafe.NullRef<uint>());

    [RuntimeExport(Type + "ReadUnaligned(ref Byte)")]
    private static ulong ReadReference(byte* a) => Unsafe.ReadUnaligned<ulong>(in *a);

    [RuntimeExport(Type + "ReadUnaligned(Void*)")]
    private static ulong ReadPointer(void* a) => Unsafe.ReadUnaligned<ulong>(a);

    [RuntimeExport(Type + "SizeOf()")]
    private static int SizeOf() => Unsafe.SizeOf<Odd>();

    [RuntimeExport(Type + "Subtract(ref M0, Int32)")]
    private static void* Subtract(uint* a, int count) => Unsafe.AsPointer(ref Unsafe.Subtract(ref *a, count));

    [RuntimeExport(Type + "WriteUnaligned(ref Byte, M0)")]
    private static void WriteReference(byte* a, ulong value) => Unsafe.WriteUnaligned(ref *a, value);

    [RuntimeExport(Type + "WriteUnaligned(Void*, M0)")]
    private static void WritePointer(void* a, ulong value) => Unsafe.WriteUnaligned(a, value);

    private struct Pair
    {
        public long Both;
    }

    private struct Odd
    {
        public byte A;
        public byte B;
        public byte C;
    }
}
