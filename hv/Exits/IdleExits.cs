// A guest that waits, and the end of a time slice. SDM 3C 26.4.2 (activity state), 27.5.1 VMX-Preemption Timer.
namespace MinusOne.Hv.Exits;

internal static unsafe class IdleExits
{
    // A slice of the timer is half as long.
    private const ulong LooksPerSecond = 50;

    // A processor that a chip is going to wake waits in the HLT activity state, until its deadline. With nothing on its
    // way that could wake it, and no other processor that runs and could, a halted guest has come to its end.
    public static Verdict Halt(Vm* vm, Vcpu* vcpu)
    {
        if (IsWoken(vcpu))
        {
            return Verdict.Advance;
        }

        vcpu->IsDeaf = !AreInterruptsOn;
        if ((IsAwaited(vm) && !vcpu->IsDeaf) || IsAnyAwake(vm, vcpu))
        {
            GuestState.Activity = ActivityState.Hlt;
            vm->Leaving = vm->Processor->IsShared ? TurnEnd.Waits : TurnEnd.None;
            if (vm->Leaving == TurnEnd.None && vm->Board.Deadline > Cpu.ReadTsc() + GuestMemory.AheadTicks)
            {
                vm->Memory.PrepareAhead();
            }

            return Verdict.Advance;
        }

        InstructionEnd.Advance(vm);
        return vm->EndWith(GuestEnd.Halted);
    }

    public static Verdict SliceEnded(Vm* vm, Vcpu* vcpu)
    {
        Backend.ArmTimer(vm->SliceTicks);
        ulong tsc = Cpu.ReadTsc();
        LookAround(vm, tsc);
        GuestTime.Expire(vm, vcpu, tsc);
        if (vm->End != GuestEnd.None)
        {
            return Verdict.End;
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

        // One that spins at one place may be waiting for an interrupt, or be parked while others work.
        bool isAwaited = IsAwaited(vm) && (!vcpu->IsDeaf || activity == ActivityState.Hlt);
        ulong most = Vm.MostIdleSeconds * vm->Machine->TscHertz;
        return isAwaited || vcpu->Progress.SliceEnded(GuestState.Rip, tsc, most) || IsAnyAwake(vm, vcpu)
            ? Verdict.Resume
            : vm->EndWith(activity == ActivityState.Hlt ? GuestEnd.Halted : GuestEnd.NoProgress);
    }

    // What concerns others than the guest, at times that it cannot put off: with every exit of the timer, and with any
    // other exit if those do not come. A trap comes before the timer, and where the delivery of an exception raises the
    // next one, the timer has long run out and never exits.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void LookAround(Vm* vm, ulong tsc)
    {
        LookLater(vm, tsc);
        if (vm->Processor->IsCalled != 0)
        {
            Deadlines.SetSlice(&vm->Board, 0);
        }

        // Otherwise the console is looked at when its time has come, as one of the deadlines.
        if (vm->Board.Deadline == GuestClock.Never)
        {
            SerialAccess.Poll(&vm->Board, vm->Board.Now);
        }

        if (tsc >= vm->Board.TimeLimit)
        {
            vm->EndWith(GuestEnd.TimedOut);
        }
        else if (tsc >= vm->Board.SliceEnd && vm->Leaving == TurnEnd.None)
        {
            vm->Leaving = TurnEnd.Preempted;
        }
    }

    public static void LookLater(Vm* vm, ulong tsc) => vm->NextLook = tsc + (vm->Machine->TscHertz / LooksPerSecond);

    // Something is going to happen, or another guest may send something.
    private static bool IsAwaited(Vm* vm) => IsAhead(vm) || (vm->Processor->IsShared && vm->Board.IsListening);

    private static bool IsAhead(Vm* vm) =>
        vm->Board.Deadline != GuestClock.Never || (vm->IsSpread && Deadlines.IsAnyAhead(&vm->Board));

    private static bool AreInterruptsOn => (GuestState.Rflags & Rflags.InterruptEnable) != 0;

    // The same for a processor that another one replaced meanwhile.
    public static bool IsWokenMeanwhile(Vcpu* vcpu) =>
        vcpu->Events.HasFirst || vcpu->Events.HasNmi || (vcpu->Events.HasExternal && !vcpu->IsDeaf);

    // True if another processor runs and gets somewhere, or waits for something that is going to come; it may not know
    // yet of what has been sent to it.
    private static bool IsAnyAwake(Vm* vm, Vcpu* vcpu)
    {
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* other = vm->At(i);
            bool starts = (vm->Board.At((uint)i)->Signals & StartSignals.StartUp) != 0;
            if (other != vcpu && (starts || (other->Slot != Vcpu.NoSlot && !other->Progress.IsStuck
                && (IsWokenMeanwhile(other) || (vm->Machine->Hooks.IsAtWork(other) && !other->IsHalted)
                    || (IsAhead(vm) && !other->IsDeaf)))))
            {
                return true;
            }
        }

        return false;
    }

    // An external interrupt wakes only a guest that takes it.
    private static bool IsWoken(Vcpu* vcpu) =>
        vcpu->Events.HasFirst || vcpu->Events.HasNmi
        || ((vcpu->Events.HasExternal || Vm.Of(vcpu)->Board.Apic->IsWaiting) && AreInterruptsOn);
}
