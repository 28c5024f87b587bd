// Runs the guests that sit in the machine, in turn, until all have ended. The VMX-preemption timer ends a slice,
// whether the guest likes it or not; a guest that halts makes way until something is due for it. If nobody has anything
// to do, the one whose deadline comes first waits for it in the HLT activity state. SDM 3C 26.5.1 VMX-Preemption Timer.

using System;
using System.Runtime.CompilerServices;
using MinusOne.Hv.Exits;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Report;
using MinusOne.Hv.Time;
using MinusOne.Hv.Vmx;

namespace MinusOne.Hv.Scheduling;

internal static unsafe class Rotation
{
    // A quantum is 2 ms.
    private const ulong QuantaPerSecond = 500;

    // How long nobody looks whether a guest that waits has something to do.
    private const ulong LooksPerSecond = 100;

    // The first `count` seats are taken, and their scenes are to come. True if all guests end as they are meant to.
    public static bool Run(Machine* machine, int count)
    {
        uint available = machine->Frames.Available;
        ref Seats seats = ref machine->Seats;
        uint quantum = seats.At(0)->Next->SliceTicks;
        seats.Scheduler = default;
        seats.Scheduler.Quantum = quantum != 0 ? quantum : machine->TscHertz / QuantaPerSecond;
        seats.Used = count;
        seats.NextLook = 0;
        seats.FocusSeat = 0;
        seats.Speaker = 0;
        for (int i = 0; i < count; i++)
        {
            SceneRun.StartNext(machine, seats.At(i));
        }

        while (seats.Scheduler.Count != 0)
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
            isGood &= seats.At(i)->IsAsExpected;
        }

        return (count == 1 || SharesReport.Print(machine)) && isGood;
    }

    // Null: nobody is left, or somebody has just come.
    private static Vcpu* Choose(Machine* machine, out bool isIdle)
    {
        ref Seats seats = ref machine->Seats;
        ulong now = Cpu.ReadTsc();
        isIdle = false;
        int slot = now < seats.NextLook ? seats.Scheduler.Next(now) : Scheduler.None;
        if (slot != Scheduler.None)
        {
            return seats.VcpuAt(slot);
        }

        Vcpu* soonest = LookAtAll(machine, now);
        slot = seats.Scheduler.Next(now);
        if (slot != Scheduler.None || soonest == null)
        {
            return slot == Scheduler.None ? null : seats.VcpuAt(slot);
        }

        // Who is alone needs nobody to wake it.
        isIdle = seats.AreShared;
        if (!isIdle)
        {
            seats.Scheduler.Wake(soonest->Slot, now);
        }

        return isIdle ? soonest : null;
    }

    // Wakes whom something is due for, and ends whose time is up. Whose deadline comes first? Until then nothing
    // happens to a guest that has no turn, so turns need not look at all of them.
    private static Vcpu* LookAtAll(Machine* machine, ulong now)
    {
        Vm* soonest = null;
        ulong next = GuestClock.Never;
        for (int i = 0; i < machine->Seats.Used; i++)
        {
            Vm* vm = machine->Seats.At(i)->Vm;
            if (vm == null)
            {
                SceneRun.StartNext(machine, machine->Seats.At(i));
                continue;
            }

            if (machine->Console.IsStopped || (vm->HasBegun && now >= vm->TimeLimit))
            {
                vm->EndWith(machine->Console.IsStopped ? GuestEnd.Stopped : GuestEnd.TimedOut);
            }

            if (now >= vm->Deadline && vm->HasBegun)
            {
                Deadlines.Elapse(vm, now);
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

            soonest = soonest == null || vm->Deadline < soonest->Deadline ? vm : soonest;
            next = Math.Min(next, Math.Min(vm->Deadline, vm->TimeLimit));
        }

        machine->Seats.NextLook = next;
        return soonest == null ? null : soonest->Vcpu->Slot == Scheduler.None ? soonest->First : soonest->Vcpu;
    }

    private static void LookAtProcessors(Machine* machine, Vm* vm, ulong now)
    {
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* vcpu = vm->At(i);
            if (vcpu->Signals != StartSignals.None)
            {
                StartUp.Heed(vm, vcpu);
            }

            if (vcpu->Slot != Scheduler.None && IdleExits.IsWokenMeanwhile(vcpu))
            {
                machine->Seats.Scheduler.Wake(vcpu->Slot, now);
            }
        }
    }

    private static void TakeTurn(Machine* machine, Vcpu* vcpu, bool isIdle)
    {
        Vm* vm = vcpu->Vm;
        VcpuSwitch.To(machine, vcpu);
        if (!vm->HasBegun)
        {
            SceneRun.Begin(vm);
        }

        if (vm->Vcpu != vcpu)
        {
            vm->Vcpu = vcpu;
            Deadlines.BoardChanged(vm);
        }

        if (vcpu->MustStart)
        {
            StartUp.Enter(vm, vcpu);
        }

        vm->Leaving = Leave.None;
        Deadlines.SetSlice(vm, SliceEnd(machine, vm, isIdle));
        RunLoop.Run(vm, vcpu);
        if (vm->End != GuestEnd.None)
        {
            End(machine, vm);
            return;
        }

        Conclude(machine, vcpu, isIdle);
    }

    // Where the processor is now, the scheduler has to know.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Conclude(Machine* machine, Vcpu* vcpu, bool isIdle)
    {
        ref Scheduler scheduler = ref machine->Seats.Scheduler;
        ulong now = Cpu.ReadTsc();
        if (isIdle)
        {
            // What it waited for came in this turn, and it is at work.
            if (Vmcs.Read(Vmcs32.GuestActivityState) != (uint)ActivityState.Hlt)
            {
                scheduler.Wake(vcpu->Slot, now);
            }

            machine->Seats.NextLook = 0;
            return;
        }

        switch (vcpu->Vm->Leaving)
        {
            case Leave.Yields: scheduler.Yield(now); break;
            case Leave.Waits: scheduler.Wait(now); break;
            default: scheduler.Preempt(now); break;
        }

        LookBack(machine, vcpu->Vm, now);
    }

    // What its turn has changed.
    private static void LookBack(Machine* machine, Vm* vm, ulong now)
    {
        LookAtProcessors(machine, vm, now);
        ulong next = Math.Min(machine->Seats.NextLook, Math.Min(vm->Deadline, vm->TimeLimit));
        machine->Seats.NextLook = vm->End == GuestEnd.None ? next : 0;
    }

    // Who is alone is not interrupted for others; who has the processor because the others wait, when one of them need
    // not wait any longer.
    private static ulong SliceEnd(Machine* machine, Vm* vm, bool isIdle)
    {
        ref Seats seats = ref machine->Seats;
        if (!seats.AreShared)
        {
            return GuestClock.Never;
        }

        if (!isIdle && seats.Scheduler.Ready != 0)
        {
            return seats.Scheduler.SliceEnd;
        }

        ulong end = Cpu.ReadTsc() + (machine->TscHertz / LooksPerSecond);
        end = isIdle ? Math.Min(end, vm->Deadline) : end;
        for (int i = 0; i < seats.Used; i++)
        {
            Vm* other = seats.At(i)->Vm;
            end = other != null && other != vm && other->HasBegun ? Math.Min(end, other->Deadline) : end;
        }

        return end;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void End(Machine* machine, Vm* vm)
    {
        Seat* seat = vm->Seat;
        SceneRun.Finish(vm);
        if (machine->Seats.Used > 1)
        {
            machine->Console[(int)seat->Number - 1].Clear();
        }

        SceneRun.StartNext(machine, seat);
        machine->Seats.NextLook = 0;
        machine->Seats.SetFocus(machine->Seats.FocusSeat);
    }

    private static bool AccountForFrames(Machine* machine, uint before)
    {
        uint after = machine->Frames.Available;
        if (before != after)
        {
            Writer.Log.Text("frames in the pool: "u8).Decimal(before).Text(" before, "u8).Decimal(after)
                .Text(" after"u8).EndLine();
        }
        else if (!machine->Seats.At(0)->Settings.Brief)
        {
            Writer.Log.Text("VMCLEAR; every frame has come back"u8).EndLine();
        }

        return before == after;
    }
}
