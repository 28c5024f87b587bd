// Primary processor-based VM-execution controls. SDM 3C 26.6.2 Processor-Based VM-Execution Controls.

namespace MinusOne.Hv.Vmx.Controls;

[Flags]
internal enum PrimaryControls : uint
{
    None = 0,
    [Says("interrupt-window exiting")] InterruptWindowExiting = 1u << 2,
    [Says("TSC offsetting")] UseTscOffsetting = 1u << 3,
    [Says("HLT exiting")] HltExiting = 1u << 7,
    [Says("INVLPG exiting")] InvlpgExiting = 1u << 9,
    [Says("MWAIT exiting")] MwaitExiting = 1u << 10,
    [Says("RDPMC exiting")] RdpmcExiting = 1u << 11,
    [Says("RDTSC exiting")] RdtscExiting = 1u << 12,
    [Says("CR3-load exiting")] Cr3LoadExiting = 1u << 15,
    [Says("CR3-store exiting")] Cr3StoreExiting = 1u << 16,
    [Says("tertiary controls")] ActivateTertiaryControls = 1u << 17,
    [Says("CR8-load exiting")] Cr8LoadExiting = 1u << 19,
    [Says("CR8-store exiting")] Cr8StoreExiting = 1u << 20,
    [Says("TPR shadow")] UseTprShadow = 1u << 21,
    [Says("NMI-window exiting")] NmiWindowExiting = 1u << 22,
    [Says("MOV-DR exiting")] MovDrExiting = 1u << 23,
    [Says("unconditional I/O exiting")] UnconditionalIoExiting = 1u << 24,
    [Says("I/O bitmaps")] UseIoBitmaps = 1u << 25,
    [Says("monitor trap flag")] MonitorTrapFlag = 1u << 27,
    [Says("MSR bitmaps")] UseMsrBitmaps = 1u << 28,
    [Says("MONITOR exiting")] MonitorExiting = 1u << 29,
    [Says("PAUSE exiting")] PauseExiting = 1u << 30,
    [Says("secondary controls")] ActivateSecondaryControls = 1u << 31,
}

// Pin-based VM-execution controls. SDM 3C 26.6.1 Pin-Based VM-Execution Controls.
[Flags]
internal enum PinControls : uint
{
    None = 0,
    [Says("external-interrupt exiting")] ExternalInterruptExiting = 1u << 0,
    [Says("NMI exiting")] NmiExiting = 1u << 3,
    [Says("virtual NMIs")] VirtualNmis = 1u << 5,
    [Says("VMX-preemption timer")] PreemptionTimer = 1u << 6,
    [Says("posted interrupts")] PostedInterrupts = 1u << 7,
}
