// Exceptions that the exception bitmap names, and NMIs. SDM 3C 26.6.3 Exception Bitmap, 29.2.2 Information for VM Exits
// Due to Vectored Events. An exception is the guest's own and is handed on to it: error code, CR2 and DR6 as the
// processor would have left them. An NMI is the host's.
namespace MinusOne.Hv.Exits;

internal static unsafe class ExceptionExits
{
    private const ulong DebugStatusBits = (ulong)(
        Dr6.Breakpoint0 | Dr6.Breakpoint1 | Dr6.Breakpoint2 | Dr6.Breakpoint3 | Dr6.DebugRegisterAccess
        | Dr6.SingleStep);

    public static Verdict Handle(Vm* vm, Vcpu* vcpu)
    {
        var information = ExitFacts.Event;
        if (information.Type == InterruptionType.Nmi)
        {
            Injection.RecordInterruptedDelivery(vcpu);
            Writer.Log.Text("an NMI of the host came while the guest ran"u8).EndLine();
            return Verdict.Resume;
        }

        Take(vcpu, information);
        if (information.Vector == (byte)ExceptionVector.MachineCheck && !information.HasInstructionLength)
        {
            return MachineCheckExits.Arrived(vm);
        }

        return Reflect(vm, vcpu, information);
    }

    // Comes first, whatever becomes of the exception: what its delivery has interrupted or undone.
    public static void Take(Vcpu* vcpu, InterruptionInformation information)
    {
        // The bit says nothing if the exception came while an event was delivered. SDM 3C 29.2.3 Information About NMI
        // Unblocking Due to IRET.
        if (information.NmiUnblockingDueToIret && !ExitFacts.IsDeliveryInterrupted
            && information.Vector != (byte)ExceptionVector.DoubleFault)
        {
            GuestState.Blocking = GuestState.Blocking.WithNmiBlocking(true);
        }

        Injection.RecordInterruptedDelivery(vcpu);
    }

    private static Verdict Reflect(Vm* vm, Vcpu* vcpu, InterruptionInformation information)
    {
        if (information.HasInstructionLength)
        {
            vcpu->Events.RaiseSoftware(new Event(information.ForInjection, 0, ExitInstruction.Length(vm)));
            return Verdict.Resume;
        }

        var vector = (ExceptionVector)information.Vector;
        ulong detail = ExitFacts.EventDetail;
        uint errorCode = information.HasErrorCode ? ExitFacts.EventErrorCode : 0;
        if (vector == ExceptionVector.PageFault)
        {
            return !vcpu->Progress.Retried(GuestState.Rip, detail, ref vcpu->Registers)
                ? vm->EndWith(GuestEnd.NoProgress)
                : Exceptions.PageFault(vm, vcpu, new Gva(detail), (PageFaultError)errorCode);
        }

        if (vector == ExceptionVector.Debug)
        {
            DebugRegisters.RecordCause(detail & DebugStatusBits);
            DebugRegisters.EnterHandler();
        }

        return Exceptions.Raise(vm, vcpu, vector, errorCode);
    }
}

// Exceptions that a guest gets for what it did: the instruction is not carried out, RIP stays. One that comes while
// another is being delivered may turn into a double fault, or end the guest: triple fault.
internal static unsafe class Exceptions
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Verdict Raise(Vm* vm, Vcpu* vcpu, ExceptionVector vector, uint errorCode = 0) =>
        vcpu->Events.TryRaise(vector, errorCode) ? Verdict.Resume : vm->EndWith(GuestEnd.TripleFault);

    public static Verdict GeneralProtection(Vm* vm, Vcpu* vcpu) => Raise(vm, vcpu, ExceptionVector.GeneralProtection);
    public static Verdict InvalidOpcode(Vm* vm, Vcpu* vcpu) => Raise(vm, vcpu, ExceptionVector.InvalidOpcode);

    public static Verdict PageFault(Vm* vm, Vcpu* vcpu, Gva address, PageFaultError errorCode)
    {
        GuestState.Cr2 = address.Value;
        return Raise(vm, vcpu, ExceptionVector.PageFault, (uint)errorCode);
    }
}

// External interrupts that came while the guest ran: they are the host's. With "acknowledge interrupt on exit" the exit
// names the vector. Without, the interrupt is still waiting in the local APIC; it is taken by turning the control on
// for one more entry, which exits before the guest runs. SDM 3C 26.6.1 Pin-Based VM-Execution Controls, 29.2.2.
internal static unsafe class InterruptExits
{
    public static Verdict Arrived(Vm* vm, Vcpu* vcpu)
    {
        Injection.RecordInterruptedDelivery(vcpu);
        bool isTaken = ExitFacts.Event.IsValid;
        Backend.AcknowledgeInterrupts(vcpu, always: vm->IsSpread || !isTaken);
        if (isTaken)
        {
            Cpu.WriteApic((uint)ApicRegister.EndOfInterrupt, 0);
        }

        if (vm->Processor->IsCalled != 0)
        {
            Deadlines.SetSlice(&vm->Board, 0);
        }

        return Verdict.Resume;
    }
}
