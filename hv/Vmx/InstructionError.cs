// VM-instruction error numbers: why a VMX instruction ended in VMfailValid. SDM 3C 32.4 VM Instruction Error Numbers,
// in its order.

namespace MinusOne.Hv.Vmx;

internal enum InstructionError : uint
{
    None = 0,
    VmcallInRootOperation = 1,
    VmclearInvalidAddress = 2,
    VmclearVmxonPointer = 3,
    VmlaunchNotClear = 4,
    VmresumeNotLaunched = 5,
    VmresumeAfterVmxoff = 6,
    EntryInvalidControlFields = 7,
    EntryInvalidHostStateFields = 8,
    VmptrldInvalidAddress = 9,
    VmptrldVmxonPointer = 10,
    VmptrldIncorrectRevision = 11,
    UnsupportedVmcsComponent = 12,
    VmwriteReadOnlyComponent = 13,
    VmxonInRootOperation = 15,
    EntryInvalidExecutiveVmcsPointer = 16,
    EntryExecutiveVmcsNotLaunched = 17,
    EntryExecutiveVmcsNotVmxonPointer = 18,
    VmcallNotClear = 19,
    VmcallInvalidExitControls = 20,
    VmcallIncorrectMsegRevision = 22,
    VmxoffUnderDualMonitorTreatment = 23,
    VmcallInvalidSmmMonitorFeatures = 24,
    EntryInvalidControlsInExecutiveVmcs = 25,
    EntryEventsBlockedByMovSs = 26,
    InvalidOperandToInveptOrInvvpid = 28,
}

// How a VMX instruction ends. SDM 3C Conventions (chapter VMX Instruction Reference): VMsucceed, VMfailInvalid (CF),
// VMfailValid (ZF).
internal enum VmxResult : uint
{
    Succeed = 0,
    FailInvalid = 1,
    FailValid = 2,
}
