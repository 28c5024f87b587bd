// The exit-reason field as a whole. SDM 3C 26.9.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx;

internal readonly struct ExitReasonField
{
    public readonly uint Raw;

    public ExitReasonField(uint raw)
    {
        Raw = raw;
    }

    public ExitReason Basic
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (ExitReason)(Raw & 0xFFFF);
    }

    public bool ShadowStackPrematurelyBusy => (Raw & (1u << 25)) != 0;

    public bool BusLockAsserted => (Raw & (1u << 26)) != 0;

    public bool FromEnclaveMode => (Raw & (1u << 27)) != 0;

    public bool PendingMonitorTrapFlag => (Raw & (1u << 28)) != 0;

    public bool FromRootOperation => (Raw & (1u << 29)) != 0;

    // The guest was not entered; the guest-state area is as it was.
    public bool EntryFailure
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Raw & (1u << 31)) != 0;
    }
}
