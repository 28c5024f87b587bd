// Registers of a device that lie in memory. Each access is one of four bytes, as devices want it: the compiler reads a
// single byte where no more is asked of a value that it has read itself, volatile or not, so these are calls.

using System.Runtime.CompilerServices;
using System.Threading;

namespace MinusOne.Efi.Metal;

internal static unsafe class Mmio
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint Read(ulong address) => Volatile.Read(ref *(uint*)address);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Write(ulong address, uint value) => Volatile.Write(ref *(uint*)address, value);
}
