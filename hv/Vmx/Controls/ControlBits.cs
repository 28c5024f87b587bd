// The control words of a VMCS, bit by bit, with what a report calls them. SDM 3C 26.6 VM-Execution Control Fields, 26.7
// VM-Exit Control Fields, 26.8 VM-Entry Control Fields.
namespace MinusOne.Hv.Vmx.Controls;

// Which word a bit belongs to.
internal enum ControlWord : uint
{
    [Says("pin-based")] Pin,
    [Says("primary")] Primary,
    [Says("secondary")] Secondary,
    [Says("exit")] Exit,
    [Says("entry")] Entry,

    // SVM's three, in the order of the VMCB.
    [Says("intercepts")] Intercepts,
    [Says("more")] MoreIntercepts,
    [Says("late")] LateIntercepts,
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

// Primary processor-based VM-execution controls. SDM 3C 26.6.2 Processor-Based VM-Execution Controls.
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

// Secondary processor-based VM-execution controls. SDM 3C 26.6.2 Processor-Based VM-Execution Controls.
[Flags]
internal enum SecondaryControls : uint
{
    None = 0,
    [Says("virtualize APIC accesses")] VirtualizeApicAccesses = 1u << 0,
    [Says("EPT")] EnableEpt = 1u << 1,
    [Says("descriptor-table exiting")] DescriptorTableExiting = 1u << 2,
    [Says("RDTSCP")] EnableRdtscp = 1u << 3,
    [Says("virtualize x2APIC mode")] VirtualizeX2ApicMode = 1u << 4,
    [Says("VPID")] EnableVpid = 1u << 5,
    [Says("WBINVD exiting")] WbinvdExiting = 1u << 6,
    [Says("unrestricted guest")] UnrestrictedGuest = 1u << 7,
    [Says("APIC-register virtualization")] ApicRegisterVirtualization = 1u << 8,
    [Says("virtual-interrupt delivery")] VirtualInterruptDelivery = 1u << 9,
    [Says("PAUSE-loop exiting")] PauseLoopExiting = 1u << 10,
    [Says("RDRAND exiting")] RdrandExiting = 1u << 11,
    [Says("INVPCID")] EnableInvpcid = 1u << 12,
    [Says("VM functions")] EnableVmFunctions = 1u << 13,
    [Says("VMCS shadowing")] VmcsShadowing = 1u << 14,
    [Says("ENCLS exiting")] EnableEnclsExiting = 1u << 15,
    [Says("RDSEED exiting")] RdseedExiting = 1u << 16,
    [Says("PML")] EnablePml = 1u << 17,
    [Says("EPT-violation #VE")] EptViolationException = 1u << 18,
    [Says("conceal VMX from PT")] ConcealVmxFromPt = 1u << 19,
    [Says("XSAVES/XRSTORS")] EnableXsavesXrstors = 1u << 20,
    [Says("PASID translation")] PasidTranslation = 1u << 21,
    [Says("mode-based execute control")] ModeBasedExecuteControl = 1u << 22,
    [Says("sub-page write permissions")] SubPageWritePermissions = 1u << 23,
    [Says("PT uses guest physical addresses")] PtUsesGuestPhysicalAddresses = 1u << 24,
    [Says("TSC scaling")] UseTscScaling = 1u << 25,
    [Says("user wait and pause")] EnableUserWaitAndPause = 1u << 26,
    [Says("PCONFIG")] EnablePconfig = 1u << 27,
    [Says("ENCLV exiting")] EnableEnclvExiting = 1u << 28,
    [Says("EPC virtualization")] EpcVirtualization = 1u << 29,
    [Says("bus-lock detection")] BusLockDetection = 1u << 30,
    [Says("instruction time-out")] InstructionTimeout = 1u << 31,
}

// Tertiary processor-based VM-execution controls, 64 of them and all optional. SDM 3C 26.6.2 Processor-Based
// VM-Execution Controls.
[Flags]
internal enum TertiaryControls : ulong
{
    None = 0,
    EnableHlat = 1ul << 1,
    EptPagingWriteControl = 1ul << 2,
    GuestPagingVerification = 1ul << 3,
    IpiVirtualization = 1ul << 4,
}

// VM-function controls: which leaves of VMFUNC the guest may use. SDM 3C 26.6.14 VM-Function Controls.
[Flags]
internal enum VmFunctionControls : ulong
{
    None = 0,
    EptpSwitching = 1ul << 0,
}

// Primary VM-exit controls. SDM 3C 26.7.1 VM-Exit Controls.
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

// VM-entry controls. SDM 3C 26.8.1 VM-Entry Controls.
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
