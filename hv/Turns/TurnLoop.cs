// Runs the guests that sit in the machine, in turn, until all have ended. The VMX-preemption timer ends a slice,
// whether the guest likes it or not; a guest that halts makes way until something is due for it. If nobody has anything
// to do, the one whose deadline comes first waits for it in the HLT activity state. SDM 3C 27.5.1 VMX-Preemption Timer.
namespace MinusOne.Hv.Turns;

internal static unsafe class TurnLoop
{
    // A quantum is 2 ms.
    private const ulong QuantaPerSecond = 500;

    // How long nobody looks whether a guest that waits has something to do.
    private const ulong LooksPerSecond = 100;

    // The first `count` slots are taken, and their configurations are to come. True if all guests end as they are meant
    // to.
    public static bool Run(Machine* machine, int count)
    {
        uint available = machine->Frames.Available;
        ref VmSlots slots = ref *VmSlots.Of(machine);
        uint quantum = slots.At(0)->Next->SliceTicks;
        slots.Scheduler = default;
        slots.Scheduler.Quantum = quantum != 0 ? quantum : machine->TscHertz / QuantaPerSecond;
        slots.Used = count;
        slots.NextLook = 0;
        slots.FocusSlot = 0;
        slots.LineOwner = 0;
        for (int i = 0; i < count; i++)
        {
            VmLifecycle.StartNext(machine, slots.At(i));
        }

        while (slots.Scheduler.Count != 0)
        {
            Vcpu* vcpu = Choose(machine, out bool isIdle);
            if (vcpu != null)
            {
                TakeTurn(machine, vcpu, isIdle);
            }
        }

        bool isGood = AccountForFrames(machine, available);
        for (int i = 0; i < count; i++)
        {
            isGood &= slots.At(i)->IsAsExpected;
        }

        return (count == 1 || machine->Hooks.AllEnded(machine)) && isGood;
    }

    // Null: nobody is left, or somebody has just come.
    private static Vcpu* Choose(Machine* machine, out bool isIdle)
    {
        ref VmSlots slots = ref *VmSlots.Of(machine);
        ulong now = Cpu.ReadTsc();
        isIdle = false;
        int slot = now < slots.NextLook ? slots.Scheduler.Next(now) : Scheduler.None;
        if (slot != Scheduler.None)
        {
            return slots.VcpuAt(slot);
        }

        Vcpu* soonest = LookAtAll(machine, now);
        slot = slots.Scheduler.Next(now);
        if (slot != Scheduler.None || soonest == null)
        {
            return slot == Scheduler.None ? null : slots.VcpuAt(slot);
        }

        // A guest that is alone needs nobody to wake it.
        isIdle = machine->IsShared;
        if (!isIdle)
        {
            slots.Scheduler.Wake(soonest->Slot, now);
        }

        return isIdle ? soonest : null;
    }

    // Wakes whom something is due for, and ends whose time is up. Whose deadline comes first? Until then nothing
    // happens to a guest that has no turn, so turns need not look at all of them.
    private static Vcpu* LookAtAll(Machine* machine, ulong now)
    {
        Vm* soonest = null;
        ulong next = GuestClock.Never;
        for (int i = 0; i < VmSlots.Of(machine)->Used; i++)
        {
            Vm* vm = VmSlots.Of(machine)->At(i)->Vm;
            if (vm == null)
            {
                VmLifecycle.StartNext(machine, VmSlots.Of(machine)->At(i));
                continue;
            }

            if (machine->IsStopped || (vm->HasBegun && now >= vm->Board.TimeLimit))
            {
                vm->EndWith(machine->IsStopped ? GuestEnd.Stopped : GuestEnd.TimedOut);
            }

            if (now >= vm->Board.Deadline && vm->HasBegun)
            {
                Deadlines.Elapse(&vm->Board, now);
            }

            LookAtProcessors(machine, vm, now);
            if (vm->End != GuestEnd.None)
            {
                End(machine, vm);
                continue;
            }

            if (!vm->HasBegun)
            {
                continue;
            }

            soonest = soonest == null || vm->Board.Deadline < soonest->Board.Deadline ? vm : soonest;
            next = Math.Min(next, Math.Min(vm->Board.Deadline, vm->Board.TimeLimit));
        }

        VmSlots.Of(machine)->NextLook = next;
        return soonest == null ? null : soonest->Vcpu->Slot == Vcpu.NoSlot ? soonest->First : soonest->Vcpu;
    }

    private static void LookAtProcessors(Machine* machine, Vm* vm, ulong now)
    {
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* vcpu = vm->At(i);
            if (vm->Board.At((uint)i)->Signals != StartSignals.None)
            {
                ProcessorStart.Heed(vm, vcpu);
            }

            if (vcpu->Slot != Vcpu.NoSlot && IdleExits.IsWokenMeanwhile(vcpu))
            {
                VmSlots.Of(machine)->Scheduler.Wake(vcpu->Slot, now);
            }
        }
    }

    private static void TakeTurn(Machine* machine, Vcpu* vcpu, bool isIdle)
    {
        Vm* vm = Vm.Of(vcpu);
        VcpuSwitch.To(machine, vcpu);
        if (!vm->HasBegun)
        {
            VmLifecycle.Begin(vm);
        }

        if (vm->Vcpu != vcpu)
        {
            vm->SetCurrent(vcpu);
            Deadlines.BoardChanged(&vm->Board);
        }

        if (vcpu->MustStart)
        {
            ProcessorStart.Enter(vm, vcpu);
        }

        vm->Leaving = TurnEnd.None;
        Deadlines.SetSlice(&vm->Board, SliceEnd(machine, vm, isIdle));
        RunLoop.Run(vm, vcpu);
        if (vm->End != GuestEnd.None)
        {
            End(machine, vm);
            return;
        }

        Conclude(machine, vcpu, isIdle);
    }

    // The scheduler has to know where the processor is now.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Conclude(Machine* machine, Vcpu* vcpu, bool isIdle)
    {
        ref Scheduler scheduler = ref VmSlots.Of(machine)->Scheduler;
        ulong now = Cpu.ReadTsc();
        if (isIdle)
        {
            // What it waited for came in this turn, and it is at work.
            if (GuestState.Activity != ActivityState.Hlt)
            {
                scheduler.Wake(vcpu->Slot, now);
            }

            VmSlots.Of(machine)->NextLook = 0;
            return;
        }

        switch (Vm.Of(vcpu)->Leaving)
        {
            case TurnEnd.Yields: scheduler.Yield(now); break;
            case TurnEnd.Waits: scheduler.Wait(now); break;
            default: scheduler.Preempt(now); break;
        }

        LookBack(machine, Vm.Of(vcpu), now);
    }

    // What its turn has changed.
    private static void LookBack(Machine* machine, Vm* vm, ulong now)
    {
        LookAtProcessors(machine, vm, now);
        ulong next = Math.Min(VmSlots.Of(machine)->NextLook, Math.Min(vm->Board.Deadline, vm->Board.TimeLimit));
        VmSlots.Of(machine)->NextLook = vm->End == GuestEnd.None ? next : 0;
    }

    // A guest that is alone is not interrupted for others; one that has the processor because the others wait is
    // interrupted when one of them need not wait any longer.
    private static ulong SliceEnd(Machine* machine, Vm* vm, bool isIdle)
    {
        ref VmSlots slots = ref *VmSlots.Of(machine);
        if (!machine->IsShared)
        {
            return GuestClock.Never;
        }

        if (!isIdle && slots.Scheduler.Ready != 0)
        {
            return slots.Scheduler.SliceEnd;
        }

        ulong end = Cpu.ReadTsc() + (machine->TscHertz / LooksPerSecond);
        end = isIdle ? Math.Min(end, vm->Board.Deadline) : end;
        for (int i = 0; i < slots.Used; i++)
        {
            Vm* other = slots.At(i)->Vm;
            end = other != null && other != vm && other->HasBegun ? Math.Min(end, other->Board.Deadline) : end;
        }

        return end;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void End(Machine* machine, Vm* vm)
    {
        VmSlot* slot = VmSlot.Of(vm);
        VmLifecycle.Finish(vm);
        VmLifecycle.StartNext(machine, slot);
        VmSlots.Of(machine)->NextLook = 0;
        VmSlots.Of(machine)->SetFocus(VmSlots.Of(machine)->FocusSlot);
    }

    private static bool AccountForFrames(Machine* machine, uint before)
    {
        uint after = machine->Frames.Available;
        if (before != after)
        {
            Writer.Log.Text("frames in the pool: "u8).Decimal(before).Text(" before, "u8).Decimal(after)
                .Text(" after"u8).EndLine();
        }
        else if (!VmSlots.Of(machine)->At(0)->Settings.Brief)
        {
            Writer.Log.Text("VMCLEAR; every frame has come back"u8).EndLine();
        }

        return before == after;
    }
}
