// What the processor says of the last exit. SDM 3C 26.9 VM-Exit Information Fields. Above the line what every backend
// says, below it what only VT-x does, for those who tell or teach.
namespace MinusOne.Hv.Vmx;

internal readonly struct VmxExit : IExitFacts
{
    public static ExitReason Reason => RawReason.Basic;
    public static uint InstructionLength => Vmcs.Read(VmcsReadOnly32.ExitInstructionLength);
    public static PortAccess Port => new(Qualification);
    public static bool TellsOperands => true;
    public static ControlRegisterAccess ControlRegister => new(Qualification);
    public static DebugRegisterAccess DebugRegister => new(Qualification);
    public static TaskSwitchRequest TaskSwitch => new(Qualification);
    public static MemoryFault Fault => new(Qualification);
    public static Gpa PhysicalAddress => new(Vmcs.Read(VmcsReadOnly64.GuestPhysicalAddress));
    public static bool TellsLinearAddress => true;
    public static ulong LinearAddress => Vmcs.Read(VmcsReadOnlyNatural.GuestLinearAddress);
    public static InterruptionInformation Event => new(Vmcs.Read(VmcsReadOnly32.ExitInterruptionInformation));
    public static uint EventErrorCode => Vmcs.Read(VmcsReadOnly32.ExitInterruptionErrorCode);
    public static ulong EventDetail => Qualification;
    public static uint ApicDetail => (uint)Qualification;
    public static bool IsDeliveryInterrupted => Vectoring.IsValid;

    public static Event InterruptedDelivery
    {
        get
        {
            InterruptionInformation told = Vectoring;
            told = told.IsValid ? VirtualApic.Interrupted(told) : told;
            return new Event(told.ForInjection, told.HasErrorCode ? VectoringErrorCode : 0,
                told.HasInstructionLength ? InstructionLength : 0);
        }
    }

    public static uint Instruction => Vmcs.Read(VmcsReadOnly32.ExitInstructionInformation);
    public static ulong Displacement => Qualification;

    // ----

    public static ExitReasonField RawReason => new(Vmcs.Read(VmcsReadOnly32.ExitReason));
    public static ulong Qualification => Vmcs.Read(VmcsReadOnlyNatural.ExitQualification);
    public static InterruptionInformation Vectoring => new(Vmcs.Read(VmcsReadOnly32.IdtVectoringInformation));
    public static uint VectoringErrorCode => Vmcs.Read(VmcsReadOnly32.IdtVectoringErrorCode);

    // Why an instruction of ours failed.
    public static uint InstructionError => Vmcs.Read(VmcsReadOnly32.InstructionError);
}

// The exit-reason field as a whole. SDM 3C 26.9.1 Basic VM-Exit Information.
internal readonly struct ExitReasonField(uint raw)
{
    public readonly uint Raw = raw;

    public ExitReason Basic => (ExitReason)(Raw & 0xFFFF);

    // The guest was not entered; the guest-state area is as it was.
    public bool EntryFailure => (Raw & (1u << 31)) != 0;
}
