// Primary VM-exit controls. SDM 3C 26.7.1 VM-Exit Controls.

namespace MinusOne.Hv.Vmx.Controls;

[Flags]
internal enum ExitControls : uint
{
    None = 0,
    SaveDebugControls = 1u << 2,
    HostAddressSpaceSize = 1u << 9,
    LoadPerfGlobalCtrl = 1u << 12,
    AcknowledgeInterruptOnExit = 1u << 15,
    SavePat = 1u << 18,
    LoadPat = 1u << 19,
    SaveEfer = 1u << 20,
    LoadEfer = 1u << 21,
    SavePreemptionTimerValue = 1u << 22,
    ClearBndCfgs = 1u << 23,
    ConcealVmxFromPt = 1u << 24,
    ClearRtitCtl = 1u << 25,
    ClearLbrCtl = 1u << 26,
    ClearUserInterruptNotificationVector = 1u << 27,
    LoadCetState = 1u << 28,
    LoadPkrs = 1u << 29,
    SavePerfGlobalCtrl = 1u << 30,
    ActivateSecondaryControls = 1u << 31,
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
