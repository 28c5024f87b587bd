// Held for moments, with interrupts off.

using System.Runtime.CompilerServices;
using System.Threading;

namespace MinusOne.Guests.Kernel.Machine;

internal struct SpinLock
{
    private uint _taken;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter() => Interlocked.CompareExchange(ref _taken, 1, 0) == 0;

    public void Leave() => Volatile.Write(ref _taken, 0);
}
