// The fields of a VMCS that only the processor writes, at an exit or when an instruction fails: three tables, one for
// each width.

namespace MinusOne.Hv.Vmx.Fields;

// The 32-bit fields of a VMCS that only an exit or a failing instruction writes. SDM 3D B.3.2 32-Bit Read-Only Data
// Fields, in its order.
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

// The 64-bit fields of a VMCS that only an exit writes. SDM 3D B.2.2 64-Bit Read-Only Data Fields, in its order.
internal enum VmcsReadOnly64 : uint
{
    GuestPhysicalAddress = 0x2400,
}

// The natural-width fields of a VMCS that only an exit writes. SDM 3D B.4.2 Natural-Width Read-Only Data Fields, in
// its order.
internal enum VmcsReadOnlyNatural : uint
{
    ExitQualification = 0x6400,
    GuestLinearAddress = 0x640A,
}
