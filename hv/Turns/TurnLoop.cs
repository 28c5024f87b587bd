// Runs the guests that sit in the machine, in turn, until all have ended. The VMX-preemption timer ends a slice,
// whether the guest likes it or not; a guest that halts makes way until something is due for it. If nobody has anything
// to do, the one whose deadline comes first waits for it in the HLT activity state. SDM 3C 27.5.1 VMX-Preemption Timer.

using System.Threading;

namespace MinusOne.Hv.Turns;

internal static unsafe class TurnLoop
{
    // How long nobody looks whether a guest that waits has something to do.
    private const ulong LooksPerSecond = 100;

    // The guests that have their place on this processor, until all of them have ended.
    public static void RunOn(HostProcessor* processor)
    {
        Machine* machine = processor->Machine;
        ref VmSlots slots = ref *VmSlots.Of(machine);
        ref Rota rota = ref *Rota.Of(processor);
        rota.Begin(slots.Quantum);
        VcpuSwitch.AllowStates();
        for (int i = 0; i < slots.Used; i++)
        {
            VmLifecycle.Start(processor, slots.At(i));
        }

        ulong now = Cpu.ReadTsc();
        while (rota.Scheduler.Count != 0 || Volatile.Read(in processor->Guests) != 0)
        {
            int slot = now < rota.NextLook ? rota.Scheduler.Next(now) : Scheduler.None;
            now = slot != Scheduler.None ? TakeTurn(processor, rota.VcpuAt(slot), false) : LookForTurn(processor, now);
        }
    }

    // Nobody is known to be ready, or it is time to look at all. If nobody is ready then, and somebody waits, it waits
    // in a turn of its own.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong LookForTurn(HostProcessor* processor, ulong now)
    {
        Interlocked.Exchange(ref processor->IsCalled, 0);
        if (processor->Machine->Holder != 0)
        {
            processor->Machine->Hooks.Held(processor);
            now = Cpu.ReadTsc();
        }

        ref Rota rota = ref *Rota.Of(processor);
        Vcpu* soonest = LookAtAll(processor, now);
        now = Cpu.ReadTsc();
        int slot = rota.Scheduler.Next(now);
        if (slot != Scheduler.None)
        {
            return TakeTurn(processor, rota.VcpuAt(slot), false);
        }

        if (soonest != null && processor->IsShared)
        {
            return TakeTurn(processor, soonest, true);
        }

        // A guest that is alone needs nobody to wake it.
        if (soonest != null)
        {
            rota.Scheduler.Wake(soonest->Slot, now);
        }
        else if (rota.Scheduler.Count == 0 && Volatile.Read(in processor->Guests) != 0)
        {
            processor->Machine->Hooks.Unused(processor);
        }

        return Cpu.ReadTsc();
    }

    // Wakes whom something is due for, and ends whose time is up. Whose deadline comes first? Until then nothing
    // happens to a guest that has no turn, so turns need not look at all of them.
    private static Vcpu* LookAtAll(HostProcessor* processor, ulong now)
    {
        Vcpu* soonest = null;
        ulong first = GuestClock.Never, next = GuestClock.Never;
        Machine* machine = processor->Machine;
        for (int i = 0; i < VmSlots.Of(machine)->Used; i++)
        {
            VmSlot* slot = VmSlots.Of(machine)->At(i);
            if (!slot->IsOn(processor))
            {
                VmLifecycle.Start(processor, slot);
                continue;
            }

            Vcpu* own = LookAt(processor, slot->Vm, now);
            if (own != null)
            {
                Vm* vm = slot->Vm;
                soonest = soonest == null || vm->Board.Deadline < first ? own : soonest;
                first = Math.Min(first, vm->Board.Deadline);
                next = Math.Min(next, Math.Min(vm->Board.Deadline, vm->Board.TimeLimit));
                vm->Give();
            }
        }

        Rota.Of(processor)->NextLook = next;
        return soonest;
    }

    // The one that runs here, or was the last to run, and the guest is this processor's; null: none has begun, or the
    // guest has ended.
    private static Vcpu* LookAt(HostProcessor* processor, Vm* vm, ulong now)
    {
        Vcpu* own = !vm->IsSpread ? vm->Vcpu : vm->Machine->Hooks.Taken(vm, processor, null);
        if (own == null)
        {
            return null;
        }

        if (processor->Machine->IsStopped || (vm->HasBegun && now >= vm->Board.TimeLimit))
        {
            vm->EndWith(processor->Machine->IsStopped ? GuestEnd.Stopped : GuestEnd.TimedOut);
        }

        if (now >= vm->Board.Deadline && vm->HasBegun)
        {
            Deadlines.Elapse(&vm->Board, now);
        }

        LookAtProcessors(vm, now);
        if (vm->End != GuestEnd.None)
        {
            VmLifecycle.End(processor, vm);
            return null;
        }

        own = own->Slot == Vcpu.NoSlot && !vm->IsSpread ? vm->First : own;
        if (vm->HasBegun && own->Slot != Vcpu.NoSlot)
        {
            return own;
        }

        vm->Give();
        return null;
    }

    private static void LookAtProcessors(Vm* vm, ulong now)
    {
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* vcpu = vm->At(i);
            if (vcpu->Home != vm->Processor)
            {
                continue;
            }

            if (vm->Board.At((uint)i)->Signals != StartSignals.None)
            {
                ProcessorStart.Heed(vm, vcpu);
            }

            if (vcpu->Slot != Vcpu.NoSlot && IdleExits.IsWokenMeanwhile(vcpu))
            {
                Rota.Of(vcpu)->Scheduler.Wake(vcpu->Slot, now);
            }
        }
    }

    // Answers when it is over.
    private static ulong TakeTurn(HostProcessor* processor, Vcpu* vcpu, bool isIdle)
    {
        Vm* vm = Vm.Of(vcpu);
        ulong now = 0;
        if (!vm->IsSpread || (vm->Machine->Hooks.Taken(vm, processor, vcpu) != null && vm->End == GuestEnd.None))
        {
            now = Run(processor, vm, vcpu, isIdle);
        }

        if (vm->End != GuestEnd.None)
        {
            VmLifecycle.End(processor, vm);
            return Cpu.ReadTsc();
        }

        if (!isIdle)
        {
            Conclude(processor, vm, now);
            vm->Give();
            return now;
        }

        // If what it waited for came in this turn, it is at work.
        ref Rota rota = ref *Rota.Of(processor);
        if (GuestState.Activity != ActivityState.Hlt)
        {
            rota.Scheduler.Wake(vcpu->Slot, now);
        }

        rota.NextLook = 0;
        vm->Give();
        return now;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Run(HostProcessor* processor, Vm* vm, Vcpu* vcpu, bool isIdle)
    {
        VcpuSwitch.To(vcpu);
        vm->Leaving = TurnEnd.None;
        if (!vm->HasBegun || vm->Vcpu != vcpu || vcpu->MustStart)
        {
            ComeIn(vm, vcpu);
        }

        ref Rota rota = ref *Rota.Of(processor);
        Deadlines.SetSlice(&vm->Board, processor->IsShared && !isIdle && rota.Scheduler.Ready != 0
            ? rota.Scheduler.SliceEnd : LooseEnd(processor, vm, isIdle));
        if (vm->Board.Apic->Steal.IsOn)
        {
            ulong waited = vcpu->Account.Wait + rota.Scheduler[vcpu->Slot].Account.Wait;
            vm->Board.Apic->Steal.Tell(&vm->Memory, waited, processor->Machine->TscHertz);
        }

        return RunLoop.Run(vm, vcpu);
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
    private static void Conclude(HostProcessor* processor, Vm* vm, ulong now)
    {
        ref Rota rota = ref *Rota.Of(processor);
        switch (vm->Leaving)
        {
            case TurnEnd.Yields: rota.Scheduler.Yield(now); break;
            case TurnEnd.Waits: rota.Scheduler.Wait(now); break;
            default: rota.Scheduler.Preempt(now); break;
        }

        if (vm->VcpuCount > 1 || vm->Leaving == TurnEnd.Waits || vm->Board.Apic->Signals != StartSignals.None)
        {
            LookAtProcessors(vm, now);
        }

        ulong next = Math.Min(rota.NextLook, Math.Min(vm->Board.Deadline, vm->Board.TimeLimit));
        rota.NextLook = vm->End == GuestEnd.None && processor->IsCalled == 0 ? next : 0;
    }

    // When a turn ends that has no slice. A guest that is alone is not interrupted for others; one that has the
    // processor because the others wait is interrupted when one of them need not wait any longer.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong LooseEnd(HostProcessor* processor, Vm* vm, bool isIdle)
    {
        if (!processor->IsShared)
        {
            return GuestClock.Never;
        }

        Machine* machine = processor->Machine;
        ref VmSlots slots = ref *VmSlots.Of(machine);
        ulong end = Cpu.ReadTsc() + (machine->TscHertz / LooksPerSecond);
        end = isIdle ? Math.Min(end, vm->Board.Deadline) : end;
        for (int i = 0; i < slots.Used; i++)
        {
            Vm* other = slots.At(i)->IsOn(processor) ? slots.At(i)->Vm : null;
            if (other != null && other != vm && other->HasBegun)
            {
                // What the board of one that is spread says is another processor's.
                end = Math.Min(end, other->IsSpread ? Rota.Of(processor)->NextLook : other->Board.Deadline);
            }
        }

        return end;
    }
}
