// What the guest believes its control registers to be, and what else decides whether it may change them.

namespace MinusOne.Hv.X86;

internal struct ControlState
{
    public Cr0 Cr0;
    public Cr4 Cr4;
    public ulong Cr3;
    public Efer Efer;

    // CS.L and TR of 16 bits: neither goes with entering long mode.
    public bool IsLongCode;
    public bool IsTask16;

    public readonly bool IsPaging => (Cr0 & Cr0.Paging) != 0;
    public readonly bool IsLongMode => (Efer & Efer.LongModeActive) != 0;
    public readonly bool Is64Bit => IsLongMode && IsLongCode;

    // Paging with four entries kept in the processor.
    public readonly bool UsesPdptes => IsPaging && !IsLongMode && (Cr4 & Cr4.PhysicalAddressExtension) != 0;
}
