// Instructions on memory that is no RAM which are not emulated here - SSE, x87, PUSH, far pointers -, and events whose
// delivery reaches for such memory. The processor does it itself, once, with a page in the place of what is not there.
// The page reads as the device does, or as all ones where nobody is, and what has changed in it goes to the device
// afterwards. What reaches for several such pages meets the next one on the way, and is in here once more.
namespace MinusOne.Hv.Exits.Emulate;

internal static unsafe class StandIn
{
    private const int Words = 1024;

    // Doublewords of a device that are read: those of the widest operand.
    private const int Window = 8;
    private const int MostPages = 4;

    // A doubleword, or half of one, that still says so has not been written.
    private const uint Untouched = 0x5AC3_96E1;
    private const ExitReason NotEntered = (ExitReason)uint.MaxValue;

    public static Verdict Execute(Vm* vm, Vcpu* vcpu, Gpa address, PageRights access)
    {
        uint* seen = stackalloc uint[Window];
        vm->Memory.Table.StopOthers();
        ref byte depth = ref ExitMemory.Of(vcpu)->StandIns;
        bool isDevice = vm->Memory.Resolve(address, access) == Resolution.Device;
        if (depth == MostPages || !vm->Memory.TryStandIn(address.Page, out Hpa frame))
        {
            return MemoryExits.Refuse(vm, Resolution.OutOfFrames, address, access);
        }

        var words = (uint*)frame.Pointer;
        int first = (int)(address.PageOffset >> 2);
        new Span<uint>(words, Words).Fill(isDevice ? Untouched : uint.MaxValue);
        for (int i = 0; i < Window && first + i < Words && isDevice; i++)
        {
            seen[i] = (access & PageRights.Read) == 0 ? Untouched
                : (uint)vm->Board.ReadMemory(address.Page + (ulong)(4 * (first + i)), 4);
            words[first + i] = seen[i];
        }

        depth++;
        Try(vm, vcpu);
        depth--;
        if (isDevice && ExitMemory.Of(vcpu)->IsStepDone)
        {
            Pass(&vm->Board, address.Page, words, first, seen);
        }

        vm->Memory.TakeBack(address.Page, frame);
        return vm->End == GuestEnd.None ? Verdict.Resume : Verdict.End;
    }

    // What comes instead, or on the way, is handled as ever; the guest then comes here again.
    private static void Try(Vm* vm, Vcpu* vcpu)
    {
        ref bool isDone = ref ExitMemory.Of(vcpu)->IsStepDone;
        isDone = false;
        ExitReason reason = vcpu->Events.HasFirst ? Deliver(vm, vcpu, ref isDone) : Step(vcpu, ref isDone);
        vm->Counters.LongEntries++;
        vm->Counters.Count((uint)reason, 0);
        if (reason == NotEntered)
        {
            RunLoop.Refuse(vm, vcpu, EntryFailure.Instruction);
        }
        else if (!isDone)
        {
            RunLoop.Act(vm, vcpu, reason);
        }
    }

    // The timer's exit comes before the handler's first instruction. SDM 3C 28.7.4 VMX-Preemption Timer.
    private static ExitReason Deliver(Vm* vm, Vcpu* vcpu, ref bool isDone)
    {
        vcpu->Events.ExitHandled();
        Backend.ExpireTimer();
        RunLoop.Deliver(vm, vcpu);
        ExitReason reason = Backend.TryEnter(vcpu) ? ExitFacts.Reason : NotEntered;
        Backend.ArmTimer(vm->SliceTicks);
        isDone = reason == ExitReason.PreemptionTimerExpired;
        return reason;
    }

    // A single step. Everything else that the instruction could raise exits as well, and no interrupt comes before it,
    // for the guest must not see that TF was set. It is told what its own TF and breakpoints ask for.
    private static ExitReason Step(Vcpu* vcpu, ref bool isDone)
    {
        const Rflags Ours = Rflags.Trap | Rflags.InterruptEnable;
        Rflags flags = GuestState.Rflags;
        ulong control = GuestState.DebugControl;
        uint exceptions = Backend.Exceptions;
        PendingDebugExceptions pending = GuestState.PendingTraps;
        InterruptibilityState blocked = GuestState.Blocking;
        Backend.Exceptions = uint.MaxValue;
        GuestState.Blocking = blocked.AfterInstruction;
        GuestState.Rflags = (flags & ~Ours) | Rflags.Trap;
        GuestState.DebugControl = control & ~(ulong)DebugCtl.SingleStepOnBranches;
        vcpu->Events.ExitHandled();
        ExitReason reason = Backend.TryEnter(vcpu) ? ExitFacts.Reason : NotEntered;
        Backend.Exceptions = exceptions;
        GuestState.Rflags = (GuestState.Rflags & ~Ours) | (flags & Ours);
        GuestState.DebugControl = control;
        isDone = reason == ExitReason.ExceptionOrNmi && ExitFacts.Event.IsValid
            && ExitFacts.Event.Vector == (byte)ExceptionVector.Debug
            && (ExitFacts.EventDetail & PendingDebugExceptions.Step) != 0;
        if (isDone)
        {
            bool steps = (flags & Rflags.Trap) != 0 && (control & (ulong)DebugCtl.SingleStepOnBranches) == 0;
            DebugRegisters.Report(ExitFacts.EventDetail & 0xF, steps);
        }
        else
        {
            // The instruction goes again, as if it had not been tried.
            GuestState.PendingTraps = pending;
            GuestState.Blocking = new(GuestState.Blocking.Raw | (blocked.Raw & ~blocked.AfterInstruction.Raw));
        }

        return reason;
    }

    private static void Pass(Board* board, Gpa page, uint* words, int first, uint* seen)
    {
        for (int i = 0; i < Words; i++)
        {
            uint changed = words[i] ^ (i - first is >= 0 and < Window ? seen[i - first] : Untouched);
            if (changed != 0)
            {
                int skipped = (ushort)changed == 0 ? 2 : 0;
                int bytes = skipped != 0 || changed <= ushort.MaxValue ? 2 : 4;
                board->WriteMemory(page + (ulong)((4 * i) + skipped), bytes, words[i] >> (8 * skipped));
            }
        }
    }
}
