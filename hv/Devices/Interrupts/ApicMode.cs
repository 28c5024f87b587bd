// How a local APIC can be reached: IA32_APIC_BASE bits 11 (EN) and 10 (EXTD). SDM 3A 12.12.5 x2APIC State Transitions.

namespace MinusOne.Hv.Devices.Interrupts;

internal enum ApicMode : byte
{
    Disabled,

    // Through its page.
    XApic,

    // Through MSRs.
    X2Apic,
}
