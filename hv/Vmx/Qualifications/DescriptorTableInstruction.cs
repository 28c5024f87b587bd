// The instructions on GDTR and IDTR. SDM 3C 29.2.5 Information for VM Exits Due to Instruction Execution.

namespace MinusOne.Hv.Vmx.Qualifications;

internal enum DescriptorTableInstruction : uint
{
    Sgdt = 0,
    Sidt = 1,
    Lgdt = 2,
    Lidt = 3,
}
