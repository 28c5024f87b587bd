// The seam's MSR accesses by name.

namespace MinusOne.Hv.Seam;

internal static unsafe partial class Cpu
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ReadMsr(Msr msr) => ReadMsr((uint)msr);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteMsr(Msr msr, ulong value) => WriteMsr((uint)msr, value);
}
