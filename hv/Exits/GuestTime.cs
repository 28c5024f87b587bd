// The guest's time on this processor: where its TSC stands, and the VMX-preemption timer, which ends a guest that spins
// as well as one that waits in the HLT activity state. Its deadlines are the board's: Devices/Timers/Deadlines.cs. SDM
// 3C 27.5.1 VMX-Preemption Timer.
namespace MinusOne.Hv.Exits;

internal static unsafe class GuestTime
{
    // In a slice of 10 ms: one in 5 microseconds.
    private const uint MostExpiries = 2048;

    // A guest that rests while others do what it is woken for otherwise is given 50 ms.
    private const uint SlicesAtRest = 5;

    // A guest that waits is made ready so long before its deadline: the way from the exit of the timer to the entry
    // takes about a thousand instructions.
    public const ulong EarlyTicks = 1536;

    // Begins: its TSC, like its platform clock, at 0.
    public static void Start(Vm* vm, Vcpu* vcpu)
    {
        Board* board = &vm->Board;
        ulong tsc = Cpu.ReadTsc();
        board->Clock.Start(vm->Machine->TscHertz, tsc);
        SetBack(vm, vcpu, tsc);
        board->Due = board->Deadline = board->SliceEnd = board->TimeLimit = board->Alarm = GuestClock.Never;
        board->PollDue = 0;
        board->LeastTicks = ((ulong)vm->SliceTicks << vm->TimerShift) / MostExpiries;
        Deadlines.BoardChanged(board);
    }

    // The guest stood still for so many TSC ticks, and all of its clocks with it.
    public static void Skip(Vm* vm, Vcpu* vcpu, ulong ticks)
    {
        Board* board = &vm->Board;
        board->Skip(ticks);
        SetBack(vm, vcpu, ticks);
        board->Deadline = board->Clock.TscAt(board->Due);
        Deadlines.SetSlice(board, board->SliceEnd);
    }

    // Before an entry, with something ahead: the timer exits then, and Expire does what is due. Where it is coarser
    // than the TSC, it comes too late rather than too early.
    public static void Arm(Vm* vm, ulong tsc)
    {
        int shift = vm->TimerShift;
        ulong left = vm->Board.Alarm > tsc ? vm->Board.Alarm - tsc : 0;
        ulong ticks = (left >> shift) + (shift == 0 ? 0UL : 1);
        Backend.ArmTimer((uint)(ticks <= vm->SliceTicks ? ticks : AtMost(vm, ticks)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong AtMost(Vm* vm, ulong ticks)
    {
        bool rests = vm->Board.LooksSeldom && GuestState.Activity == ActivityState.Hlt;
        return Math.Min(ticks, (ulong)vm->SliceTicks * (rests ? SlicesAtRest : 1));
    }

    // What a processor waits for in the HLT activity state happens a little early, and its entry is held back.
    public static ulong Ahead(Vcpu* vcpu, ulong tsc) =>
        GuestState.Activity == ActivityState.Hlt && !IdleExits.IsWokenMeanwhile(vcpu) ? tsc + EarlyTicks : tsc;

    // The timer has exited.
    public static void Expire(Vm* vm, Vcpu* vcpu, ulong tsc)
    {
        if (Ahead(vcpu, tsc) >= vm->Board.Deadline)
        {
            vm->HeldUntil = vm->Board.Deadline;
            Deadlines.Elapse(&vm->Board, Math.Max(tsc, vm->Board.Deadline));
        }
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
        for (int i = 0; Backend.HasTscOffset(vcpu) && vm->Board.Tsc == null && i < vm->VcpuCount; i++)
        {
            _ = vm->VcpuCount <= 1 || Backend.TryLoad(vm->At(i));
            Backend.SetTscOffset(Backend.TscOffset(vcpu) - ticks);
            if (vm->At(i)->Home != vm->Processor)
            {
                Backend.Unload(vm->At(i));
            }
        }

        _ = vm->VcpuCount <= 1 || Backend.TryLoad(vcpu);
    }
}
