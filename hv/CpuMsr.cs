// The seam's MSR accesses by name.

using System.Runtime.CompilerServices;
using MinusOne.Hv.X86;

namespace MinusOne.Hv;

internal static unsafe partial class Cpu
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ReadMsr(Msr msr) => ReadMsr((uint)msr);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteMsr(Msr msr, ulong value) => WriteMsr((uint)msr, value);
}
