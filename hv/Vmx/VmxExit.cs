// What the processor says of the last exit. SDM 3C 26.9 VM-Exit Information Fields. The structs over the qualification
// and the information, in Qualifications/, tell their bits.

namespace MinusOne.Hv.Vmx;

internal static class VmxExit
{
    public static ExitReasonField Reason => new(Vmcs.Read(VmcsReadOnly32.ExitReason));

    public static ulong Qualification => Vmcs.Read(VmcsReadOnlyNatural.ExitQualification);

    // Valid for exits caused by instructions, and only for those.
    public static uint InstructionLength => Vmcs.Read(VmcsReadOnly32.ExitInstructionLength);

    public static uint InstructionInformation => Vmcs.Read(VmcsReadOnly32.ExitInstructionInformation);

    public static Gpa PhysicalAddress => new(Vmcs.Read(VmcsReadOnly64.GuestPhysicalAddress));

    public static ulong LinearAddress => Vmcs.Read(VmcsReadOnlyNatural.GuestLinearAddress);

    // The exception or interrupt that exited, and the event whose delivery the exit interrupted.
    public static InterruptionInformation Event => new(Vmcs.Read(VmcsReadOnly32.ExitInterruptionInformation));

    public static uint EventErrorCode => Vmcs.Read(VmcsReadOnly32.ExitInterruptionErrorCode);

    public static InterruptionInformation Interrupted => new(Vmcs.Read(VmcsReadOnly32.IdtVectoringInformation));

    public static uint InterruptedErrorCode => Vmcs.Read(VmcsReadOnly32.IdtVectoringErrorCode);

    // Why an instruction of ours failed.
    public static uint InstructionError => Vmcs.Read(VmcsReadOnly32.InstructionError);
}
