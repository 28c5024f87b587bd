// Secondary processor-based VM-execution controls. SDM 3C 26.6.2 Processor-Based VM-Execution Controls.

namespace MinusOne.Hv.Vmx.Controls;

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
    LoadIwKeyExiting = 1ul << 0,
    EnableHlat = 1ul << 1,
    EptPagingWriteControl = 1ul << 2,
    GuestPagingVerification = 1ul << 3,
    IpiVirtualization = 1ul << 4,
    EnableMsrListInstructions = 1ul << 6,
    VirtualizeSpecCtrl = 1ul << 7,
    VirtualizeApicTimer = 1ul << 8,
}

// VM-function controls: which leaves of VMFUNC the guest may use. SDM 3C 26.6.14 VM-Function Controls.
[Flags]
internal enum VmFunctionControls : ulong
{
    None = 0,
    EptpSwitching = 1ul << 0,
}
