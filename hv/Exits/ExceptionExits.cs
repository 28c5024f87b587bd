// Exceptions that the exception bitmap names, and NMIs. SDM 3C 26.6.3 Exception Bitmap, 29.2.2 Information for VM Exits
// Due to Vectored Events. An exception is the guest's own and is handed on to it: error code, CR2 and DR6 as the
// processor would have left them. A configuration may have it skipped or, for page faults, repaired. An NMI is the
// host's.

namespace MinusOne.Hv.Exits;

internal static unsafe class ExceptionExits
{
    private const int LongestInstruction = 15;
    private const ulong DebugStatusBits = (ulong)(
        Dr6.Breakpoint0 | Dr6.Breakpoint1 | Dr6.Breakpoint2 | Dr6.Breakpoint3 | Dr6.DebugRegisterAccess
        | Dr6.SingleStep);

    public static Verdict Handle(Vm* vm, Vcpu* vcpu)
    {
        var information = ExitFacts.Event;
        if (information.Type == InterruptionType.Nmi)
        {
            Injection.RecordInterruptedDelivery(ref vcpu->Events);
            Writer.Log.Text("an NMI of the host came while the guest ran"u8).EndLine();
            return Verdict.Resume;
        }

        if (information.NmiUnblockingDueToIret && information.Vector != (byte)ExceptionVector.DoubleFault)
        {
            var state = GuestState.Blocking;
            GuestState.Blocking = state.WithNmiBlocking(true);
        }

        Injection.RecordInterruptedDelivery(ref vcpu->Events);
        VmFeatures flags = vm->Config->Flags;
        bool isPageFault = information.Vector == (byte)ExceptionVector.PageFault;
        if (isPageFault && (flags & VmFeatures.FixPageFaults) != 0)
        {
            return GuestPageRepair.MakePresent(vm, vcpu, new Gva(ExitFacts.Qualification));
        }

        uint ours = VcpuState.EndlessExceptions & ~vm->Config->Controls.ExceptionBitmap;
        bool isSkipped = (flags & VmFeatures.SkipExceptions) != 0 && ((ours >> information.Vector) & 1) == 0;
        return isSkipped ? Skip(vm, vcpu, information) : Reflect(vm, vcpu, information);
    }

    private static Verdict Reflect(Vm* vm, Vcpu* vcpu, InterruptionInformation information)
    {
        if (information.HasInstructionLength)
        {
            vcpu->Events.RaiseSoftware(new Event(
                information.ForInjection, 0, ExitFacts.InstructionLength));
            return Verdict.Resume;
        }

        var vector = (ExceptionVector)information.Vector;
        ulong qualification = ExitFacts.Qualification;
        uint errorCode = information.HasErrorCode ? ExitFacts.EventErrorCode : 0;
        if (vector == ExceptionVector.PageFault)
        {
            return !vcpu->Progress.Retried(GuestState.Rip, qualification, ref vcpu->Registers)
                ? vm->EndWith(GuestEnd.NoProgress)
                : Exceptions.PageFault(vm, vcpu, new Gva(qualification), (PageFaultError)errorCode);
        }

        if (vector == ExceptionVector.Debug)
        {
            DebugRegisters.RecordCause(qualification & DebugStatusBits);
            DebugRegisters.EnterHandler();
        }

        Verdict verdict = Exceptions.Raise(vm, vcpu, vector, errorCode);
        return vector == ExceptionVector.Debug ? IdleExits.TrapHeldUp(vm, vcpu, verdict) : verdict;
    }

    // A fault leaves RIP at the instruction, and no length is given: the bytes tell.
    private static Verdict Skip(Vm* vm, Vcpu* vcpu, InterruptionInformation information)
    {
        uint length;
        if (information.HasInstructionLength)
        {
            length = ExitFacts.InstructionLength;
        }
        else if (!TryMeasure(vm, vcpu, out length, out Verdict refusal))
        {
            return refusal;
        }

        vcpu->Events.TakeFirst();
        InstructionEnd.Advance(length);
        return Verdict.Resume;
    }

    private static bool TryMeasure(Vm* vm, Vcpu* vcpu, out uint length, out Verdict refusal)
    {
        byte* bytes = stackalloc byte[LongestInstruction];
        var space = new GuestSpace(vm);
        DecodedInstruction decoded =
            InstructionDecoder.Decode(new ReadOnlySpan<byte>(bytes, space.Fetch(bytes)), space.Code);
        length = decoded.Length;
        refusal = length != 0 ? Verdict.Resume
            : decoded.Status == DecodeStatus.Truncated ? space.Trouble.Answer(vm, vcpu)
            : vm->EndWith(GuestEnd.Undecodable);
        return length != 0;
    }
}
