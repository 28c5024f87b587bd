// The exit-reason field as a whole. SDM 3C 26.9.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx;

internal readonly struct ExitReasonField(uint raw)
{
    public readonly uint Raw = raw;

    public ExitReason Basic => (ExitReason)(Raw & 0xFFFF);

    // The guest was not entered; the guest-state area is as it was.
    public bool EntryFailure => (Raw & (1u << 31)) != 0;
}
