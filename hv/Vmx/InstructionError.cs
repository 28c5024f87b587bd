// VM-instruction error numbers: why a VMX instruction ended in VMfailValid. SDM 3C 32.4 VM Instruction Error Numbers.
// Those of system management mode, and of instructions that we do not use, are left out.
namespace MinusOne.Hv.Vmx;

internal enum InstructionError : uint
{
    None = 0,
    VmclearInvalidAddress = 2,
    VmclearVmxonPointer = 3,
    VmlaunchNotClear = 4,
    VmresumeNotLaunched = 5,
    EntryInvalidControlFields = 7,
    EntryInvalidHostStateFields = 8,
    VmptrldInvalidAddress = 9,
    VmptrldVmxonPointer = 10,
    VmptrldIncorrectRevision = 11,
    UnsupportedVmcsComponent = 12,
    VmwriteReadOnlyComponent = 13,
    VmxonInRootOperation = 15,
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

// Operands of INVEPT and INVVPID. SDM 3C VMX Instruction Reference.
internal enum InvEptKind : ulong
{
    SingleContext = 1,
    AllContexts = 2,
}

[StructLayout(LayoutKind.Sequential)]
internal struct InvEptDescriptor
{
    public ulong EptPointer;
    public ulong Reserved;
}

internal enum InvVpidKind : ulong
{
    IndividualAddress = 0,
    SingleContext = 1,
    AllContexts = 2,
    SingleContextRetainingGlobals = 3,
}

[StructLayout(LayoutKind.Sequential)]
internal struct InvVpidDescriptor
{
    public ulong Vpid;
    public ulong LinearAddress;
}
