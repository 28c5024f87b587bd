// The guest's interruptibility state: which events it blocks for now. SDM 3C 26.4.2 Guest Non-Register State.
namespace MinusOne.Hv.X86;

internal readonly struct InterruptibilityState(uint raw)
{
    public const uint Sti = 1u << 0;
    public const uint MovSs = 1u << 1;
    public const uint Smi = 1u << 2;
    public const uint Nmi = 1u << 3;
    public const uint EnclaveInterruption = 1u << 4;

    public readonly uint Raw = raw;

    public bool BlockingBySti => (Raw & Sti) != 0;
    public bool BlockingByMovSs => (Raw & MovSs) != 0;
    public bool BlockingBySmi => (Raw & Smi) != 0;
    public bool BlockingByNmi => (Raw & Nmi) != 0;
    public bool FromEnclave => (Raw & EnclaveInterruption) != 0;
    public bool HasReservedBits => (Raw & ~(Sti | MovSs | Smi | Nmi | EnclaveInterruption)) != 0;

    // What is left when an instruction has been completed on the guest's behalf.
    public InterruptibilityState AfterInstruction => new(Raw & ~(Sti | MovSs));

    public InterruptibilityState WithNmiBlocking(bool blocking) => new(blocking ? Raw | Nmi : Raw & ~Nmi);
}

// Debug exceptions that are recognised but not yet delivered. SDM 3C 26.4.2 Guest Non-Register State.
internal readonly struct PendingDebugExceptions(ulong raw)
{
    public const ulong BusLock = 1ul << 11;
    public const ulong EnabledBreakpoint = 1ul << 12;
    public const ulong Step = 1ul << 14;
    public const ulong Rtm = 1ul << 16;

    public readonly ulong Raw = raw;

    public bool BusLockDetected => (Raw & BusLock) != 0;
    public bool HasBreakpoint => (Raw & EnabledBreakpoint) != 0;
    public bool IsDue => HasBreakpoint || SingleStep;
    public bool SingleStep => (Raw & Step) != 0;
    public bool InTransaction => (Raw & Rtm) != 0;

    public PendingDebugExceptions With(ulong causes) => new(Raw | causes);

    public bool HasReservedBits => (Raw & ~(0xFul | BusLock | EnabledBreakpoint | Step | Rtm)) != 0;
}
