// VM-entry controls. SDM 3C 26.8.1 VM-Entry Controls.

namespace MinusOne.Hv.Vmx.Controls;

[Flags]
internal enum EntryControls : uint
{
    None = 0,
    [Says("load debug controls")] LoadDebugControls = 1u << 2,
    [Says("IA-32e mode guest")] Ia32eModeGuest = 1u << 9,
    [Says("entry to SMM")] EntryToSmm = 1u << 10,
    [Says("deactivate dual-monitor treatment")] DeactivateDualMonitorTreatment = 1u << 11,
    [Says("load PERF_GLOBAL_CTRL")] LoadPerfGlobalCtrl = 1u << 13,
    [Says("load PAT")] LoadPat = 1u << 14,
    [Says("load EFER")] LoadEfer = 1u << 15,
    [Says("load BNDCFGS")] LoadBndCfgs = 1u << 16,
    [Says("conceal VMX from PT")] ConcealVmxFromPt = 1u << 17,
    [Says("load RTIT_CTL")] LoadRtitCtl = 1u << 18,
    [Says("load UINV")] LoadUserInterruptNotificationVector = 1u << 19,
    [Says("load CET state")] LoadCetState = 1u << 20,
    [Says("load LBR_CTL")] LoadLbrCtl = 1u << 21,
    [Says("load PKRS")] LoadPkrs = 1u << 22,
    [Says("load FRED")] LoadFred = 1u << 23,
    [Says("load SPEC_CTRL")] LoadSpecCtrl = 1u << 24,
}
