// One processor at a time. Whoever waits spins: what is done behind a lock is short: an exit at most.

using System.Threading;

namespace MinusOne.Hv.Seam;

internal struct HostLock
{
    private int _isTaken;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take()
    {
        if (Interlocked.Exchange(ref _isTaken, 1) != 0)
        {
            Wait();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Give() => Volatile.Write(ref _isTaken, 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Wait()
    {
        do
        {
            Cpu.Pause();
        }
        while (Volatile.Read(ref _isTaken) != 0 || Interlocked.Exchange(ref _isTaken, 1) != 0);
    }
}
