// A guest's life, one exit after the other: inject, enter, decode, dispatch, act on the verdict.
namespace MinusOne.Hv.Exits;

internal static unsafe class RunLoop
{
    // Until the guest has ended, or its processor has to make way. Its VMCS is current. Answers when that was.
    public static ulong Run(Vm* vm, Vcpu* vcpu)
    {
        ulong entered = Cpu.ReadTsc();
        while (vm->Leaving == TurnEnd.None)
        {
            if (vm->Memory.IsStale && !TryForgetMemory(vm, vcpu))
            {
                break;
            }

            if (vm->Board.Alarm != GuestClock.Never)
            {
                GuestTime.Arm(vm, GuestTime.Ahead(vcpu, entered));
            }

            bool isEntered = TryEnter(vm, vcpu);
            vm->Counters.LongEntries = vm->Counters.LongEntries + 1;
            if (!isEntered)
            {
                _ = vm->End != GuestEnd.None ? Verdict.End : Refuse(vm, vcpu, EntryFailure.Instruction);
                break;
            }

            ExitRecord* exit = vcpu->Registers.Exit;
            vm->Counters.GuestTicks = vm->Counters.GuestTicks + (exit->Time - entered);
            ExitReason reason = ExitInstruction.Reason(vm, exit);
            if (reason != ExitReason.PreemptionTimerExpired)
            {
                Progress.Moved(vcpu);
            }

            exit->Verdict = (uint)Act(vm, vcpu, reason);
            entered = Cpu.ReadTsc();
            exit->Ticks = entered - exit->Time;
            Count(vm, vcpu, reason, exit->Ticks);
            entered = MindOthers(vm, vcpu, entered);
        }

        vm->Counters.Injected += vcpu->Injected;
        vcpu->Injected = 0;
        return entered;
    }

    // Injects what is due, enters, and returns when the guest exits. False: the processor refuses.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEnter(Vm* vm, Vcpu* vcpu)
    {
        if ((vcpu->Events.Pending & ~EventKinds.Watched) != EventKinds.None)
        {
            if (vm->IsSpread)
            {
                return vm->Machine->Hooks.Entered(vm, vcpu);
            }

            Deliver(vm, vcpu);
        }

        if (vm->HeldUntil != 0)
        {
            GuestTime.HoldBack(vm);
        }

        return Backend.TryEnter(vcpu);
    }

    public static void Deliver(Vm* vm, Vcpu* vcpu)
    {
        if ((vcpu->Events.Pending & ~EventKinds.Closed) != EventKinds.None && vm->Deliver(vm, vcpu))
        {
            vcpu->Injected++;
            Progress.Moved(vcpu);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryForgetMemory(Vm* vm, Vcpu* vcpu)
    {
        if (!Backend.TryForgetMemory(vcpu, vm->Memory.Table.Root))
        {
            Refuse(vm, vcpu, EntryFailure.Memory);
            return false;
        }

        vm->Memory.Flushed();
        return true;
    }

    // The end of a guest that the processor does not take.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Verdict Refuse(Vm* vm, Vcpu* vcpu, EntryFailure failure)
    {
        vm->Machine->Hooks.NotEntered(vm, vcpu, failure);
        return vm->EndWith(GuestEnd.EntryFailed);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Verdict Act(Vm* vm, Vcpu* vcpu, ExitReason reason)
    {
        if (vm->Teller != null)
        {
            vm->Teller(vm, vcpu, reason);
        }

        Verdict verdict = Judge(vm, vcpu, reason);
        if (verdict == Verdict.Advance)
        {
            InstructionEnd.Advance(vm);
        }

        vcpu->Events.ExitHandled();
        return verdict;
    }

    // What the short path did is not done again.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Verdict Judge(Vm* vm, Vcpu* vcpu, ExitReason reason)
    {
        var answer = (Verdict)vcpu->Registers.Answer;
        return answer == Verdict.Refused ? Dispatch.Handle(vm, vcpu, reason)
            : (answer & Verdict.Advance) != 0 ? Verdict.Advance
            : Verdict.Resume;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MindOthers(Vm* vm, Vcpu* vcpu, ulong tsc)
    {
        if (tsc >= vm->NextLook)
        {
            IdleExits.LookAround(vm, tsc);
        }

        if (!vm->Processor->IsAsked)
        {
            return tsc;
        }

        vm->Machine->Hooks.Asked(vm, vcpu, vm->Board.Now);
        return Cpu.ReadTsc();
    }

    // One that RIP alone was left of has been counted as short.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Count(Vm* vm, Vcpu* vcpu, ExitReason reason, ulong ticks)
    {
        if (vcpu->Registers.Answer == (ulong)Verdict.Advance)
        {
            Counters.UncountFast(vm, reason);
        }

        vm->Counters.Count((uint)reason, ticks);
    }
}
