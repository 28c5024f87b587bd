// What a lesson answers in place of the product: one function in front of the dispatch, for the guests whose
// configuration asks for it. What it does not answer goes the ordinary way.
namespace MinusOne.Hv.Lessons;

internal static unsafe class LessonFilter
{
    private const LessonFeatures Answered =
        LessonFeatures.SkipExceptions | LessonFeatures.FixPageFaults | LessonFeatures.ResumeAfterHalt
        | LessonFeatures.InjectOnVmcall | LessonFeatures.SurfaceExit;

    private const SecondaryControls RandomNumbers = SecondaryControls.RdrandExiting | SecondaryControls.RdseedExiting;
    private const int LongestInstruction = 15;

    private const Rflags Status =
        Rflags.Carry | Rflags.Parity | Rflags.Adjust | Rflags.Zero | Rflags.Sign | Rflags.Overflow;

    // A guest whose lesson wants nothing gets no filter. An exit to be surfaced, or told, may be one of the short path.
    public static void Set(Vm* vm)
    {
        Lesson lesson = LessonHooks.LessonOf(vm);
        LessonBoard.Plug(vm);
        bool hasRandomNumbers = (GuestSetup.ConfigOf(vm)->Controls.SecondarySet & (uint)RandomNumbers) != 0;
        vm->Filter = lesson.Has(Answered) || lesson.HostVector != 0 || hasRandomNumbers ? &Answer : null;
        bool isNarrated = vm->Trace || lesson.Has(LessonFeatures.Narrate);
        vm->Teller = TraceStream.IsOn(vm) ? isNarrated ? &TellTwice : &TraceStream.Tell
            : isNarrated ? &Narrator.Tell : null;
        vm->IsWatched = vm->Teller != null || lesson.Has(LessonFeatures.SurfaceExit);

        // The host's own interrupt goes to the guest that runs when it comes.
        vm->IsAlone = lesson.HostVector != 0;
    }

    // Narrating is no part of the exit that is recorded.
    private static void TellTwice(Vm* vm, Vcpu* vcpu, ExitReason reason)
    {
        Narrator.Tell(vm, vcpu, reason);
        TraceStream.Tell(vm, vcpu, reason);
    }

    // The verdict is to advance unless something else is said here.
    private static bool Answer(Vm* vm, Vcpu* vcpu, ExitReason reason, ref Verdict verdict)
    {
        Lesson lesson = LessonHooks.LessonOf(vm);
        if (lesson.Has(LessonFeatures.SurfaceExit) && (uint)reason == lesson.CaseNumber)
        {
            verdict = vm->EndWith(GuestEnd.UnhandledExit);
            return true;
        }

        switch (reason)
        {
            case ExitReason.Hlt: return lesson.Has(LessonFeatures.ResumeAfterHalt);
            case ExitReason.ExceptionOrNmi: return TryTakeException(vm, vcpu, lesson, ref verdict);
            case ExitReason.ExternalInterrupt: return ShowVector(vcpu, lesson);
            case ExitReason.Vmcall when lesson.Has(LessonFeatures.InjectOnVmcall):
                verdict = AskedEvents.Queue(vm, vcpu);
                return true;
            case ExitReason.Rdrand or ExitReason.Rdseed: return GiveNoRandomNumber(vcpu);
            default: return false;
        }
    }

    // #DB and #AC exit always. They are the lesson's only if it has asked for them.
    private static bool TryTakeException(Vm* vm, Vcpu* vcpu, in Lesson lesson, ref Verdict verdict)
    {
        InterruptionInformation information = ExitFacts.Event;
        uint ours = Backend.OwnExceptions & ~GuestSetup.ConfigOf(vm)->Controls.ExceptionBitmap;
        bool isRepaired = lesson.Has(LessonFeatures.FixPageFaults)
            && information.Vector == (byte)ExceptionVector.PageFault;
        bool isSkipped = lesson.Has(LessonFeatures.SkipExceptions) && ((ours >> information.Vector) & 1) == 0;
        if (information.Type == InterruptionType.Nmi || (!isRepaired && !isSkipped))
        {
            return false;
        }

        ExceptionExits.Take(vcpu, information);
        verdict = isRepaired
            ? GuestPageRepair.MakePresent(vm, vcpu, new Gva(ExitFacts.EventDetail))
            : Skip(vm, vcpu, information);
        return true;
    }

    // RIP moves behind the instruction, and the guest never hears of it. A fault leaves RIP at the instruction, and no
    // length is given: the bytes tell. SDM 3C 29.2.2, 29.2.5.
    private static Verdict Skip(Vm* vm, Vcpu* vcpu, InterruptionInformation information)
    {
        uint length;
        if (information.HasInstructionLength)
        {
            length = ExitInstruction.Length(vm);
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

    // The guest finds the vector in RAX; the interrupt itself is handled as ever.
    private static bool ShowVector(Vcpu* vcpu, in Lesson lesson)
    {
        InterruptionInformation information = ExitFacts.Event;
        if (information.IsValid && lesson.HostVector != 0 && information.Vector == lesson.HostVector)
        {
            vcpu->Registers.Rax = information.Vector;
        }

        return false;
    }

    // RDRAND and RDSEED, where a lesson wants to see them: no random number is ready, which a program must expect of
    // the real ones too. CF = 0, and the register is 0. SDM 2B RDRAND, RDSEED.
    private static bool GiveNoRandomNumber(Vcpu* vcpu)
    {
        var information = new RegisterDestination(ExitFacts.Instruction);
        GuestMode.WriteRegister(vcpu, information.Register, 0, information.Size);
        GuestState.Rflags = (Rflags)((ulong)GuestState.Rflags & ~(ulong)Status);
        return true;
    }
}
