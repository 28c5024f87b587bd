// Secondary processor-based VM-execution controls. SDM 3C 26.6.2 Processor-Based VM-Execution Controls.

namespace MinusOne.Hv.Vmx.Controls;

[Flags]
internal enum SecondaryControls : uint
{
    None = 0,
    VirtualizeApicAccesses = 1u << 0,
    EnableEpt = 1u << 1,
    DescriptorTableExiting = 1u << 2,
    EnableRdtscp = 1u << 3,
    VirtualizeX2ApicMode = 1u << 4,
    EnableVpid = 1u << 5,
    WbinvdExiting = 1u << 6,
    UnrestrictedGuest = 1u << 7,
    ApicRegisterVirtualization = 1u << 8,
    VirtualInterruptDelivery = 1u << 9,
    PauseLoopExiting = 1u << 10,
    RdrandExiting = 1u << 11,
    EnableInvpcid = 1u << 12,
    EnableVmFunctions = 1u << 13,
    VmcsShadowing = 1u << 14,
    EnableEnclsExiting = 1u << 15,
    RdseedExiting = 1u << 16,
    EnablePml = 1u << 17,
    EptViolationException = 1u << 18,
    ConcealVmxFromPt = 1u << 19,
    EnableXsavesXrstors = 1u << 20,
    PasidTranslation = 1u << 21,
    ModeBasedExecuteControl = 1u << 22,
    SubPageWritePermissions = 1u << 23,
    PtUsesGuestPhysicalAddresses = 1u << 24,
    UseTscScaling = 1u << 25,
    EnableUserWaitAndPause = 1u << 26,
    EnablePconfig = 1u << 27,
    EnableEnclvExiting = 1u << 28,
    EpcVirtualization = 1u << 29,
    BusLockDetection = 1u << 30,
    InstructionTimeout = 1u << 31,
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
