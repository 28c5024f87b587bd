// A guest that waits, and the end of a time slice. SDM 3C 26.4.2 (activity state), 27.5.1 VMX-Preemption Timer.

namespace MinusOne.Hv.Exits;

internal static unsafe class IdleExits
{
    // A processor that a chip is going to wake waits in the HLT activity state, until its deadline. With nothing on its
    // way that could wake it, and no other processor that runs and could, a halted guest has come to its end.
    public static Verdict Halt(Vm* vm, Vcpu* vcpu)
    {
        if (IsWoken(vcpu))
        {
            return Verdict.Advance;
        }

        vcpu->IsDeaf = !AreInterruptsOn;
        if ((vm->Board.Deadline != GuestClock.Never && !vcpu->IsDeaf) || IsAnyAwake(vm, vcpu))
        {
            GuestState.Activity = ActivityState.Hlt;
            vm->Leaving = vm->Machine->Slots.AreShared ? TurnEnd.Waits : TurnEnd.None;
            if (vm->Leaving == TurnEnd.None && vm->Board.Deadline > Cpu.ReadTsc() + GuestMemory.AheadTicks)
            {
                vm->Memory.PrepareAhead();
            }

            return Verdict.Advance;
        }

        InstructionEnd.Advance();
        return vm->EndWith(GuestEnd.Halted);
    }

    public static Verdict SliceEnded(Vm* vm, Vcpu* vcpu)
    {
        // Otherwise the console is looked at when its time has come, as one of the deadlines.
        if (vm->Board.Deadline == GuestClock.Never)
        {
            SerialLine.Poll(vm, vm->Board.Now);
        }

        Backend.ArmTimer(vm->SliceTicks);
        ulong tsc = Cpu.ReadTsc();
        if (tsc >= vm->Board.TimeLimit)
        {
            return vm->EndWith(GuestEnd.TimedOut);
        }

        var activity = GuestState.Activity;
        if (activity == ActivityState.Shutdown)
        {
            return vm->EndWith(GuestEnd.Shutdown);
        }

        // A processor that was woken by what it does not take goes on waiting.
        bool waits = activity == ActivityState.Hlt && !IsWoken(vcpu);
        vm->Leaving = tsc < vm->Board.SliceEnd ? TurnEnd.None : waits ? TurnEnd.Waits : TurnEnd.Preempted;

        // Without HLT exiting this is where a guest that halts for good is found.
        vcpu->IsDeaf = !AreInterruptsOn;
        if (waits && vcpu->IsDeaf && !IsAnyAwake(vm, vcpu))
        {
            return vm->EndWith(GuestEnd.Halted);
        }

        bool isAwaited = activity == ActivityState.Hlt && vm->Board.Deadline != GuestClock.Never;
        ulong most = Vm.MostIdleSeconds * vm->Machine->TscHertz;
        return isAwaited || vcpu->Progress.SliceEnded(GuestState.Rip, tsc, most)
            ? Verdict.Resume
            : vm->EndWith(activity == ActivityState.Hlt ? GuestEnd.Halted : GuestEnd.NoProgress);
    }

    // A debug trap comes before the timer. Where the delivery of one raises the next, no exit of the timer comes any
    // more, though it has long run out.
    public static Verdict TrapHeldUp(Vm* vm, Vcpu* vcpu, Verdict verdict) =>
        verdict == Verdict.Resume && Backend.HasTimerRunOut(vcpu)
            ? SliceEnded(vm, vcpu)
            : verdict;

    private static bool AreInterruptsOn => (GuestState.Rflags & Rflags.InterruptEnable) != 0;

    // The same for a processor that another one replaced meanwhile.
    public static bool IsWokenMeanwhile(Vcpu* vcpu) =>
        vcpu->Events.HasFirst || vcpu->Events.HasNmi || (vcpu->Events.HasExternal && !vcpu->IsDeaf);

    // True if another processor runs, or waits for something that is going to come.
    private static bool IsAnyAwake(Vm* vm, Vcpu* vcpu)
    {
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* other = vm->At(i);
            if (other != vcpu && other->Slot != Scheduler.None
                && (vm->Machine->Slots.Scheduler[other->Slot].State != SlotState.Waiting
                    || (vm->Board.Deadline != GuestClock.Never && !other->IsDeaf)))
            {
                return true;
            }
        }

        return false;
    }

    // An external interrupt wakes only a guest that takes it.
    private static bool IsWoken(Vcpu* vcpu) =>
        vcpu->Events.HasFirst || vcpu->Events.HasNmi
        || ((vcpu->Events.HasExternal || vcpu->Apic.IsWaiting) && AreInterruptsOn);
}
