// Debug exceptions that are recognised but not yet delivered. SDM 3C 26.4.2 Guest Non-Register State.

namespace MinusOne.Hv.X86;

internal readonly struct PendingDebugExceptions(ulong raw)
{
    public const ulong BusLock = 1ul << 11;
    public const ulong EnabledBreakpoint = 1ul << 12;
    public const ulong Step = 1ul << 14;
    public const ulong Rtm = 1ul << 16;

    public readonly ulong Raw = raw;

    public bool BusLockDetected => (Raw & BusLock) != 0;
    public bool SingleStep => (Raw & Step) != 0;
    public bool InTransaction => (Raw & Rtm) != 0;
    public bool HasReservedBits => (Raw & ~(0xFul | BusLock | EnabledBreakpoint | Step | Rtm)) != 0;
}
