// The instructions on LDTR and TR. SDM 3C 29.2.5 Information for VM Exits Due to Instruction Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal enum TaskRegisterInstruction : uint
{
    Sldt = 0,
    Str = 1,
    Lldt = 2,
    Ltr = 3,
}
