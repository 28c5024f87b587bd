// What a lesson answers in place of the product: one function in front of the dispatch, for the guests whose
// configuration asks for it. What it does not answer goes the ordinary way.

namespace MinusOne.Hv.Lessons;

internal static unsafe class LessonFilter
{
    private const VmFeatures Answered =
        VmFeatures.SkipExceptions | VmFeatures.FixPageFaults | VmFeatures.ResumeAfterHalt | VmFeatures.InjectOnVmcall
        | VmFeatures.SurfaceExit;

    private const SecondaryControls RandomNumbers =
        SecondaryControls.RdrandExiting | SecondaryControls.RdseedExiting;

    private const Rflags Status =
        Rflags.Carry | Rflags.Parity | Rflags.Adjust | Rflags.Zero | Rflags.Sign | Rflags.Overflow;

    // A guest whose lesson wants nothing gets no filter. An exit that is to be surfaced, or told, may be one that the
    // short path would take.
    public static void Set(Vm* vm)
    {
        VmConfig* config = GuestSetup.ConfigOf(vm);
        LessonBoard.Plug(vm);
        bool isNarrated = (config->Flags & VmFeatures.Narrate) != 0;
        bool hasRandomNumbers = (config->Controls.SecondarySet & (uint)RandomNumbers) != 0;
        vm->Filter = (config->Flags & Answered) != 0 || config->HostVector != 0 || hasRandomNumbers ? &Answer : null;
        vm->Teller = vm->Trace || isNarrated ? &Narrator.Tell : null;
        vm->IsWatched = vm->Teller != null || (config->Flags & VmFeatures.SurfaceExit) != 0;

        // The host's own interrupt goes to the guest that runs when it comes.
        vm->IsAlone = config->HostVector != 0;
    }

    // The verdict is to advance unless something else is said here.
    private static bool Answer(Vm* vm, Vcpu* vcpu, ExitReason reason, ref Verdict verdict)
    {
        VmFeatures flags = GuestSetup.ConfigOf(vm)->Flags;
        if ((flags & VmFeatures.SurfaceExit) != 0 && (uint)reason == GuestSetup.ConfigOf(vm)->CaseNumber)
        {
            verdict = vm->EndWith(GuestEnd.UnhandledExit);
            return true;
        }

        switch (reason)
        {
            case ExitReason.Hlt: return (flags & VmFeatures.ResumeAfterHalt) != 0;
            case ExitReason.ExceptionOrNmi: return TryTakeException(vm, vcpu, flags, ref verdict);
            case ExitReason.ExternalInterrupt: return ShowVector(vm, vcpu);
            case ExitReason.Vmcall when (flags & VmFeatures.InjectOnVmcall) != 0:
                verdict = AskedEvents.Queue(vm, vcpu);
                return true;
            case ExitReason.Rdrand or ExitReason.Rdseed: return GiveNoRandomNumber(vcpu);
            default: return false;
        }
    }

    // #DB and #AC exit always. They are the lesson's only if it has asked for them.
    private static bool TryTakeException(Vm* vm, Vcpu* vcpu, VmFeatures flags, ref Verdict verdict)
    {
        InterruptionInformation information = ExitFacts.Event;
        uint ours = VcpuState.EndlessExceptions & ~GuestSetup.ConfigOf(vm)->Controls.ExceptionBitmap;
        bool isRepaired = (flags & VmFeatures.FixPageFaults) != 0
            && information.Vector == (byte)ExceptionVector.PageFault;
        bool isSkipped = (flags & VmFeatures.SkipExceptions) != 0 && ((ours >> information.Vector) & 1) == 0;
        if (information.Type == InterruptionType.Nmi || (!isRepaired && !isSkipped))
        {
            return false;
        }

        ExceptionExits.Take(vcpu, information);
        verdict = isRepaired
            ? GuestPageRepair.MakePresent(vm, vcpu, new Gva(ExitFacts.EventDetail))
            : SkippedExceptions.Skip(vm, vcpu, information);
        return true;
    }

    // The guest finds the vector in RAX; the interrupt itself is handled as ever.
    private static bool ShowVector(Vm* vm, Vcpu* vcpu)
    {
        InterruptionInformation information = ExitFacts.Event;
        if (information.IsValid && GuestSetup.ConfigOf(vm)->HostVector != 0 && information.Vector == GuestSetup.ConfigOf(vm)->HostVector)
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
