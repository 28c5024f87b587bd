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

        ulong now = Cpu.ReadTsc();
        while (slots.Scheduler.Count != 0)
        {
            int slot = now < slots.NextLook ? slots.Scheduler.Next(now) : Scheduler.None;
            now = slot != Scheduler.None ? TakeTurn(machine, slots.VcpuAt(slot), false) : LookForTurn(machine, now);
        }

        bool isGood = machine->Hooks.AllEnded(machine, available);
        for (int i = 0; i < count; i++)
        {
            isGood &= slots.At(i)->IsAsExpected;
        }

        return isGood;
    }

    // Nobody is known to be ready, or it is time to look at all. If nobody is ready then, and somebody waits, it waits
    // in a turn of its own.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong LookForTurn(Machine* machine, ulong now)
    {
        ref VmSlots slots = ref *VmSlots.Of(machine);
        Vcpu* soonest = LookAtAll(machine, now);
        now = Cpu.ReadTsc();
        int slot = slots.Scheduler.Next(now);
        if (slot != Scheduler.None)
        {
            return TakeTurn(machine, slots.VcpuAt(slot), false);
        }

        if (soonest != null && machine->IsShared)
        {
            return TakeTurn(machine, soonest, true);
        }

        // A guest that is alone needs nobody to wake it.
        if (soonest != null)
        {
            slots.Scheduler.Wake(soonest->Slot, now);
        }

        return Cpu.ReadTsc();
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
            }
            else if (vm->HasBegun)
            {
                soonest = soonest == null || vm->Board.Deadline < soonest->Board.Deadline ? vm : soonest;
                next = Math.Min(next, Math.Min(vm->Board.Deadline, vm->Board.TimeLimit));
            }
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

    // Answers when it is over.
    private static ulong TakeTurn(Machine* machine, Vcpu* vcpu, bool isIdle)
    {
        Vm* vm = Vm.Of(vcpu);
        VcpuSwitch.To(machine, vcpu);
        vm->Leaving = TurnEnd.None;
        if (!vm->HasBegun || vm->Vcpu != vcpu || vcpu->MustStart)
        {
            ComeIn(vm, vcpu);
        }

        ref VmSlots slots = ref *VmSlots.Of(machine);
        Deadlines.SetSlice(&vm->Board, machine->IsShared && !isIdle && slots.Scheduler.Ready != 0
            ? slots.Scheduler.SliceEnd : LooseEnd(machine, vm, isIdle));
        if (vm->Board.Apic->Steal.IsOn)
        {
            ulong waited = vcpu->Account.Wait + slots.Scheduler[vcpu->Slot].Account.Wait;
            vm->Board.Apic->Steal.Tell(&vm->Memory, waited, machine->TscHertz);
        }

        ulong now = RunLoop.Run(vm, vcpu);
        if (vm->End != GuestEnd.None)
        {
            End(machine, vm);
            return Cpu.ReadTsc();
        }

        if (!isIdle)
        {
            Conclude(machine, vm, now);
            return now;
        }

        // If what it waited for came in this turn, it is at work.
        if (GuestState.Activity != ActivityState.Hlt)
        {
            slots.Scheduler.Wake(vcpu->Slot, now);
        }

        slots.NextLook = 0;
        return now;
    }

    // The first turn of a guest, of one of its processors after another, or after a start-up message.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ComeIn(Vm* vm, Vcpu* vcpu)
    {
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
    }

    // What its turn has changed. One that is alone in its guest and goes on has nothing to be woken for.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Conclude(Machine* machine, Vm* vm, ulong now)
    {
        ref VmSlots slots = ref *VmSlots.Of(machine);
        switch (vm->Leaving)
        {
            case TurnEnd.Yields: slots.Scheduler.Yield(now); break;
            case TurnEnd.Waits: slots.Scheduler.Wait(now); break;
            default: slots.Scheduler.Preempt(now); break;
        }

        if (vm->VcpuCount > 1 || vm->Leaving == TurnEnd.Waits || vm->Board.Apic->Signals != StartSignals.None)
        {
            LookAtProcessors(machine, vm, now);
        }

        ulong next = Math.Min(slots.NextLook, Math.Min(vm->Board.Deadline, vm->Board.TimeLimit));
        slots.NextLook = vm->End == GuestEnd.None ? next : 0;
    }

    // When a turn ends that has no slice. A guest that is alone is not interrupted for others; one that has the
    // processor because the others wait is interrupted when one of them need not wait any longer.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong LooseEnd(Machine* machine, Vm* vm, bool isIdle)
    {
        if (!machine->IsShared)
        {
            return GuestClock.Never;
        }

        ref VmSlots slots = ref *VmSlots.Of(machine);
        ulong end = Cpu.ReadTsc() + (machine->TscHertz / LooksPerSecond);
        end = isIdle ? Math.Min(end, vm->Board.Deadline) : end;
        for (int i = 0; i < slots.Used; i++)
        {
            Vm* other = slots.At(i)->Vm;
            end = other != null && other != vm && other->HasBegun ? Math.Min(end, other->Board.Deadline) : end;
        }

        return end;
    }

    // What follows pays for it: one that resets all the time is not to hold up others.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void End(Machine* machine, Vm* vm)
    {
        VmSlot* slot = VmSlot.Of(vm);
        ref VmSlots slots = ref *VmSlots.Of(machine);
        ulong began = Cpu.ReadTsc();
        VmLifecycle.Finish(vm);
        VmLifecycle.StartNext(machine, slot);
        slots.NextLook = 0;
        slots.SetFocus(slots.FocusSlot);
        if (slot->Vm != null)
        {
            slots.Scheduler.Owe(ref slots.Scheduler[slot->Vm->First->Slot], Cpu.ReadTsc() - began);
        }
    }
}
