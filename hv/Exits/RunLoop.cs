// A guest's life, one exit after the other: inject, enter, decode, dispatch, act on the verdict.

namespace MinusOne.Hv.Exits;

internal static unsafe class RunLoop
{
    // Until the guest has ended, or its processor has to make way. Its VMCS is current.
    public static void Run(Vm* vm, Vcpu* vcpu)
    {
        ulong entered = Cpu.ReadTsc();
        while (vm->Leaving == TurnEnd.None)
        {
            if (vm->Memory.IsStale && Translations.Refresh(vm) != VmxResult.Succeed)
            {
                EntryFailures.InvalidationRefused(vm);
                break;
            }

            if (vm->Board.Alarm != GuestClock.Never)
            {
                MindDeadline(vm, vcpu, entered);
            }

            VmxResult result = vcpu->Enter(vm);
            ulong exited = Cpu.ReadTsc();
            vm->Counters.LongEntries++;
            vm->Counters.GuestTicks += exited - entered;
            if (result != VmxResult.Succeed)
            {
                EntryFailures.Refused(vm, vcpu, result);
                break;
            }

            var reason = ExitFacts.Reason;
            if (reason.Basic != ExitReason.PreemptionTimerExpired)
            {
                vcpu->Progress.Moved();
            }

            Act(vm, vcpu, reason);
            entered = Cpu.ReadTsc();
            Count(vm, vcpu, reason.Basic, entered - exited);
        }

        vm->Counters.Injected += vcpu->Injected;
        vcpu->Injected = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Act(Vm* vm, Vcpu* vcpu, ExitReasonField reason)
    {
        if (vm->Teller != null)
        {
            vm->Teller(vm, vcpu, reason.Basic);
        }

        if (Judge(vm, vcpu, reason) == Verdict.Advance)
        {
            InstructionEnd.Advance();
        }

        vcpu->Events.ExitHandled();
        if (vm->Machine->Console.Request != ConsoleRequest.None)
        {
            vm->Machine->Hooks.Asked(vm, vcpu, vm->Board.Now);
        }
    }

    // What the short path did is not done again.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Verdict Judge(Vm* vm, Vcpu* vcpu, ExitReasonField reason)
    {
        var answer = (Verdict)vcpu->Registers.Answer;
        if (answer != Verdict.Refused)
        {
            return (answer & Verdict.Advance) != 0 ? Verdict.Advance : Verdict.Resume;
        }

        return reason.EntryFailure
            ? EntryFailures.Failed(vm, vcpu, reason)
            : Dispatch.Handle(vm, vcpu, reason.Basic);
    }

    // One that RIP alone was left of has been counted as short.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Count(Vm* vm, Vcpu* vcpu, ExitReason reason, ulong ticks)
    {
        if (vcpu->Registers.Answer == (ulong)Verdict.Advance)
        {
            vm->Counters.UncountFast(reason);
        }

        vm->Counters.Count((uint)reason, ticks);
    }

    // What a processor waits for in the HLT activity state happens a little early, and Enter holds it back.
    private static void MindDeadline(Vm* vm, Vcpu* vcpu, ulong tsc)
    {
        bool waits = GuestState.Activity == ActivityState.Hlt;
        ulong ahead = tsc + (waits ? Deadlines.EarlyTicks : 0);
        if (ahead >= vm->Board.Deadline)
        {
            vm->HeldUntil = vm->Board.Deadline;
            tsc = Math.Max(tsc, vm->Board.Deadline);
            Deadlines.Elapse(vm, tsc);
            ahead = tsc + (waits && !IdleExits.IsWokenMeanwhile(vcpu) ? Deadlines.EarlyTicks : 0);
        }

        Deadlines.Arm(vm, ahead);
    }
}
