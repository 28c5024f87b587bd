// IA32_VMX_MISC. SDM 3D A.6 Miscellaneous Data.

namespace MinusOne.Hv.Vmx;

internal readonly struct VmxMisc(ulong raw)
{
    public readonly ulong Raw = raw;

    // The preemption timer counts down by 1 each time this bit of the TSC changes.
    public int PreemptionTimerShift => (int)(Raw & 0x1F);
    public bool HltActivityState => (Raw & (1ul << 6)) != 0;
    public bool ShutdownActivityState => (Raw & (1ul << 7)) != 0;
    public bool WaitForSipiActivityState => (Raw & (1ul << 8)) != 0;
    public uint Cr3TargetCount => (uint)(Raw >> 16) & 0x1FF;

    // Recommended most entries of an MSR area.
    public uint MaximumMsrListLength => 512 * (((uint)(Raw >> 25) & 7) + 1);

    // Software interrupts and exceptions may be injected with instruction length 0.
    public bool InjectionWithZeroLength => (Raw & (1ul << 30)) != 0;
}
