// When the guest must be interrupted for its own sake: the earliest deadline of all its chips. It is kept as a host TSC
// value and found anew only after a chip was accessed or has elapsed, so that an exit which concerns no chip costs one
// comparison. It drives the VMX-preemption timer, which ends a guest that spins as well as one that waits in the HLT
// activity state. SDM 3C 27.5.1 VMX-Preemption Timer.
// While somebody may be waiting, the console is looked at, too, at least every 10 ms, for Ctrl-A must be seen; every
// millisecond if the guest waits for what is typed.
//   whoever changed a chip with a deadline calls BoardChanged or ApicChanged; lines are Interrupts' part.

namespace MinusOne.Hv.Exits;

internal static unsafe class Deadlines
{
    // In a slice of 10 ms: one in 5 microseconds.
    private const uint MostExpiries = 2048;

    // A guest that waits is made ready so long before its deadline: the way from the exit of the timer to the entry
    // takes about a thousand instructions.
    public const ulong EarlyTicks = 1536;

    // The guest's time begins: its TSC, like its platform clock, at 0.
    public static void Start(Vm* vm, Vcpu* vcpu)
    {
        ulong tsc = Cpu.ReadTsc();
        vm->Board.Clock.Start(vm->Machine->TscHertz, tsc);
        SetBack(vm, vcpu, tsc);
        vm->Board.Due = vm->Board.Deadline = vm->Board.SliceEnd = vm->Board.TimeLimit = vm->Board.Alarm = GuestClock.Never;
        vm->Board.PollDue = 0;
        BoardChanged(vm);
    }

    // The guest stood still for so many TSC ticks, and all of its clocks with it.
    public static void Skip(Vm* vm, Vcpu* vcpu, ulong ticks)
    {
        vm->Board.Clock.Skip(ticks);
        SetBack(vm, vcpu, ticks);
        vm->Board.Deadline = vm->Board.Clock.TscAt(vm->Board.Due);
        SetSlice(vm, vm->Board.SliceEnd);
    }

    public static void BoardChanged(Vm* vm)
    {
        SetBoardDue(vm);
        ApicChanged(vm);
    }

    public static void ApicChanged(Vm* vm)
    {
        ulong due = Math.Min(vm->Board.BoardDue, vm->Vcpu->Apic.Deadline);
        if (due != GuestClock.Never || SerialLine.IsAwaited(vm))
        {
            due = Math.Min(due, vm->Board.PollDue);
        }

        if (due != vm->Board.Due)
        {
            vm->Board.Due = due;
            vm->Board.Deadline = vm->Board.Clock.TscAt(due);
            SetSlice(vm, vm->Board.SliceEnd);
        }
    }

    // At this host TSC another has its turn.
    public static void SetSlice(Vm* vm, ulong end)
    {
        vm->Board.SliceEnd = end;
        vm->Board.Alarm = Math.Min(vm->Board.Deadline, Math.Min(end, vm->Board.TimeLimit));
    }

    // The deadline is reached: whoever waits for it gets to work.
    public static void Elapse(Vm* vm, ulong tsc)
    {
        ulong now = vm->Board.Clock.Now(tsc);
        if (vm->Vcpu->Apic.Deadline <= now)
        {
            vm->Vcpu->Apic.Elapse(now);
            InterruptRouting.Refresh(vm);
        }

        if (vm->Board.BoardDue <= now)
        {
            Board.Elapse(vm, now);
            ElapseOthers(vm, now);
            SetBoardDue(vm);
        }

        if (vm->Board.PollDue <= now)
        {
            SerialLine.Poll(vm, now);
        }

        ApicChanged(vm);
        LeaveSomeTime(vm, tsc);
    }

    // Before an entry, with something ahead. Where the timer is coarser than the TSC, it comes too late rather than
    // too early.
    public static void Arm(Vm* vm, ulong tsc)
    {
        int shift = vm->TimerShift;
        ulong left = vm->Board.Alarm > tsc ? vm->Board.Alarm - tsc : 0;
        ulong ticks = (left >> shift) + (shift == 0 ? 0UL : 1);
        Backend.ArmTimer((uint)Math.Min(ticks, vm->SliceTicks));
    }

    // The guest has been made ready for a moment that is not here yet.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void HoldBack(Vm* vm)
    {
        while (Cpu.ReadTsc() < vm->HeldUntil)
        {
        }

        vm->HeldUntil = 0;
    }

    // The TSCs of all its processors; this one's VMCS is current, and will be.
    private static void SetBack(Vm* vm, Vcpu* vcpu, ulong ticks)
    {
        for (int i = 0; Backend.HasTscOffset(vcpu) && i < vm->VcpuCount; i++)
        {
            if (vm->VcpuCount > 1)
            {
                Backend.TryLoad(vm->At(i));
            }

            Backend.SetTscOffset(Backend.TscOffset(vcpu) - ticks);
        }

        if (vm->VcpuCount > 1)
        {
            Backend.TryLoad(vcpu);
        }
    }

    // The APICs of the processors that do not run are part of the board meanwhile.
    private static void SetBoardDue(Vm* vm)
    {
        vm->Board.BoardDue = Board.EarliestDeadline(vm);
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* vcpu = vm->At(i);
            vm->Board.BoardDue = vcpu == vm->Vcpu ? vm->Board.BoardDue : Math.Min(vm->Board.BoardDue, vcpu->Apic.Deadline);
        }
    }

    private static void ElapseOthers(Vm* vm, ulong now)
    {
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* vcpu = vm->At(i);
            if (vcpu != vm->Vcpu && vcpu->Apic.Deadline <= now)
            {
                vcpu->Apic.Elapse(now);
                InterruptRouting.Notify(vcpu);
            }
        }
    }

    // The guest has some time to itself after an expiry, however short a period it has chosen.
    private static void LeaveSomeTime(Vm* vm, ulong tsc)
    {
        ulong soonest = tsc + (((ulong)vm->SliceTicks << vm->TimerShift) / MostExpiries);
        if (vm->Board.Deadline < soonest)
        {
            vm->Board.Deadline = soonest;
            SetSlice(vm, vm->Board.SliceEnd);
        }
    }
}
