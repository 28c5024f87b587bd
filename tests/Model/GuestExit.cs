// An exit as the guest makes it. What is null, the manual leaves undefined for this exit (the VMCS gets poison there)
// or says is cleared. SDM 3C 29.2 Recording VM-Exit Information.
namespace MinusOne.Tests.Model;

internal sealed record GuestExit(ExitReason Reason)
{
    // Cleared where the manual defines none.
    public ulong Qualification { get; init; }

    public uint? InstructionLength { get; init; }

    public uint? InstructionInformation { get; init; }

    public ulong? GuestLinearAddress { get; init; }

    public ulong? GuestPhysicalAddress { get; init; }

    // The event that caused the exit.
    public uint? Interruption { get; init; }

    public uint? InterruptionErrorCode { get; init; }

    // The event that was being delivered.
    public uint? IdtVectoring { get; init; }

    public uint? IdtVectoringErrorCode { get; init; }

    // What only SVM says: its exit code and the two words beside it.
    public ulong? SvmCode { get; init; }

    public ulong SvmInfo1 { get; init; }

    public ulong SvmInfo2 { get; init; }

    // RFLAGS.RF as it is saved: set by faults, cleared by instructions. Null leaves it as it is.
    public bool? ResumeFlag { get; init; }
}
