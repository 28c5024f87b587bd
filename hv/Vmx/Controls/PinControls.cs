// Pin-based VM-execution controls. SDM 3C 26.6.1 Pin-Based VM-Execution Controls.

namespace MinusOne.Hv.Vmx.Controls;

[Flags]
internal enum PinControls : uint
{
    None = 0,
    ExternalInterruptExiting = 1u << 0,
    NmiExiting = 1u << 3,
    VirtualNmis = 1u << 5,
    PreemptionTimer = 1u << 6,
    PostedInterrupts = 1u << 7,
}
