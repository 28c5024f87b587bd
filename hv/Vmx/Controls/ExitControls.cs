// Primary VM-exit controls. SDM 3C 26.7.1 VM-Exit Controls.

namespace MinusOne.Hv.Vmx.Controls;

[Flags]
internal enum ExitControls : uint
{
    None = 0,
    [Says("save debug controls")] SaveDebugControls = 1u << 2,
    [Says("host address-space size")] HostAddressSpaceSize = 1u << 9,
    [Says("load PERF_GLOBAL_CTRL")] LoadPerfGlobalCtrl = 1u << 12,
    [Says("acknowledge interrupt on exit")] AcknowledgeInterruptOnExit = 1u << 15,
    [Says("save PAT")] SavePat = 1u << 18,
    [Says("load PAT")] LoadPat = 1u << 19,
    [Says("save EFER")] SaveEfer = 1u << 20,
    [Says("load EFER")] LoadEfer = 1u << 21,
    [Says("save VMX-preemption timer value")] SavePreemptionTimerValue = 1u << 22,
    [Says("clear BNDCFGS")] ClearBndCfgs = 1u << 23,
    [Says("conceal VMX from PT")] ConcealVmxFromPt = 1u << 24,
    [Says("clear RTIT_CTL")] ClearRtitCtl = 1u << 25,
    [Says("clear LBR_CTL")] ClearLbrCtl = 1u << 26,
    [Says("clear UINV")] ClearUserInterruptNotificationVector = 1u << 27,
    [Says("load CET state")] LoadCetState = 1u << 28,
    [Says("load PKRS")] LoadPkrs = 1u << 29,
    [Says("save PERF_GLOBAL_CTRL")] SavePerfGlobalCtrl = 1u << 30,
    [Says("secondary exit controls")] ActivateSecondaryControls = 1u << 31,
}

// Secondary VM-exit controls, 64 of them and all optional. SDM 3C 26.7.1 VM-Exit Controls.
[Flags]
internal enum SecondaryExitControls : ulong
{
    None = 0,
    SaveFred = 1ul << 0,
    LoadFred = 1ul << 1,
    LoadSpecCtrl = 1ul << 2,
    PrematurelyBusyShadowStack = 1ul << 3,
}
