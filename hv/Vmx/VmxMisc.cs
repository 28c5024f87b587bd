// IA32_VMX_MISC. SDM 3D A.6 Miscellaneous Data.

namespace MinusOne.Hv.Vmx;

internal readonly struct VmxMisc
{
    public readonly ulong Raw;

    public VmxMisc(ulong raw)
    {
        Raw = raw;
    }

    // The preemption timer counts down by 1 each time this bit of the TSC changes.
    public int PreemptionTimerShift => (int)(Raw & 0x1F);

    // An exit stores EFER.LMA into the entry control "IA-32e mode guest".
    public bool StoresLmaOnExit => (Raw & (1ul << 5)) != 0;

    public bool HltActivityState => (Raw & (1ul << 6)) != 0;

    public bool ShutdownActivityState => (Raw & (1ul << 7)) != 0;

    public bool WaitForSipiActivityState => (Raw & (1ul << 8)) != 0;

    public bool PtInVmxOperation => (Raw & (1ul << 14)) != 0;

    public bool RdmsrOfSmbase => (Raw & (1ul << 15)) != 0;

    public uint Cr3TargetCount => (uint)(Raw >> 16) & 0x1FF;

    // Recommended most entries of an MSR area.
    public uint MaximumMsrListLength => 512 * (((uint)(Raw >> 25) & 7) + 1);

    public bool BlockSmiInVmxoff => (Raw & (1ul << 28)) != 0;

    public bool VmwriteToReadOnlyFields => (Raw & (1ul << 29)) != 0;

    // Software interrupts and exceptions may be injected with instruction length 0.
    public bool InjectionWithZeroLength => (Raw & (1ul << 30)) != 0;

    public uint MsegRevisionId => (uint)(Raw >> 32);
}
