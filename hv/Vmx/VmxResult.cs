// How a VMX instruction ends. SDM 3C Conventions (chapter VMX Instruction Reference): VMsucceed, VMfailInvalid (CF),
// VMfailValid (ZF).

namespace MinusOne.Hv.Vmx;

internal enum VmxResult : uint
{
    Succeed = 0,
    FailInvalid = 1,
    FailValid = 2,
}
