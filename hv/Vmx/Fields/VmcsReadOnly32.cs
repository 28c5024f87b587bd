// The 32-bit fields of a VMCS that only an exit or a failing instruction writes. SDM 3D B.3.2 32-Bit Read-Only Data
// Fields, in its order.

namespace MinusOne.Hv.Vmx.Fields;

internal enum VmcsReadOnly32 : uint
{
    InstructionError = 0x4400,
    ExitReason = 0x4402,
    ExitInterruptionInformation = 0x4404,
    ExitInterruptionErrorCode = 0x4406,
    IdtVectoringInformation = 0x4408,
    IdtVectoringErrorCode = 0x440A,
    ExitInstructionLength = 0x440C,
    ExitInstructionInformation = 0x440E,
}
