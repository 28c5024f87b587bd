// A guest whose processors run at the same time, on several of the machine. One of these has the guest at a time: it
// takes it at an exit and gives it back with the entry, and what a guest keeps of the one that runs (Vm.Vcpu, the
// board's local APIC, the end of the slice) is this one's meanwhile. So what handles an exit need not know of others.
//   - What reaches one that may be in the guest is followed by a message, which makes it exit: it looks at what is
//     pending with the lock. One that does not run is its processor's to wake (Call).
//   - Before something is taken from the guest's memory all others come out; they come to the lock without one, and
//     forget what they remember before they enter.
// Locks: that of guests that come and go goes before a guest's, and those of console and frames come behind.

using System.Threading;

namespace MinusOne.Hv.Exits;

internal static unsafe class GuestLock
{
    public static void Take(Vm* vm, Vcpu* vcpu)
    {
        vm->Lock.Take();
        if (vm->Vcpu != vcpu || vm->Processor != vcpu->Home)
        {
            Change(vm, vcpu);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void GiveIfShared(Vm* vm)
    {
        if (vm->IsSpread)
        {
            vm->Lock.Give();
        }
    }

    // Enters, and has the guest again afterwards. False: the processor refuses, or the guest has ended meanwhile.
    public static bool TryEnter(Vm* vm, Vcpu* vcpu)
    {
        RunLoop.Prepare(vm, vcpu);
        vcpu->IsHalted = GuestState.Activity == ActivityState.Hlt;
        vcpu->IsInGuest = 1;
        vm->Lock.Give();
        bool isEntered = Backend.TryEnter(vcpu);
        vcpu->IsInGuest = 0;
        Take(vm, vcpu);
        vcpu->IsTold = vcpu->IsHalted = false;
        return isEntered && vm->End == GuestEnd.None;
    }

    // The short path of an exit, if nobody has the guest.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Verdict Short(Vcpu* vcpu, uint reason)
    {
        Vm* vm = Vm.Of(vcpu);
        if (!vm->Lock.TryTake())
        {
            return Verdict.Refused;
        }

        var answer = Verdict.Refused;
        if (vm->Vcpu == vcpu && vm->Processor == vcpu->Home && vm->End == GuestEnd.None
            && vcpu->Events.Pending == EventKinds.Shared)
        {
            vcpu->Events.Pending = EventKinds.None;
            answer = ShortPath.Choose(vcpu, reason);
            vcpu->Events.Pending |= EventKinds.Shared;
        }

        vm->Lock.Give();

        // Its other half would be without the lock.
        return answer == Verdict.AllRegisters ? Verdict.Refused : answer;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Change(Vm* vm, Vcpu* vcpu)
    {
        Board* board = &vm->Board;
        vm->Vcpu->SliceEnd = board->SliceEnd;
        vm->Vcpu->MustForget |= vm->Memory.IsStale;
        vm->Processor = (HostProcessor*)vcpu->Home;
        vm->SetCurrent(vcpu);
        vm->Memory.Table.IsStale = vcpu->MustForget;
        vcpu->MustForget = false;
        vm->Leaving = vm->End == GuestEnd.None ? TurnEnd.None : TurnEnd.Ended;
        board->Elsewhere = vcpu->Elsewhere;
        Deadlines.BoardChanged(board);
        Deadlines.SetSlice(board, vcpu->SliceEnd);
    }

    // Something has come for one that runs elsewhere, if it runs; a signal is heeded between two turns.
    public static void Tell(Vcpu* vcpu, bool isSignal)
    {
        var home = (HostProcessor*)vcpu->Home;
        if (vcpu->IsInGuest == 0 || isSignal)
        {
            Call(home);
        }
        else if (!vcpu->IsTold)
        {
            vcpu->IsTold = true;
            Cpu.SendMessage(home->ApicId);
        }
    }

    // It looks at all that it runs, soon.
    public static void Call(HostProcessor* processor)
    {
        if (Interlocked.Exchange(ref processor->IsCalled, 1) == 0)
        {
            Cpu.SendMessage(processor->ApicId);
        }
    }

    // The guest's memory is going to change.
    public static void StopOthers(void* guest)
    {
        var vm = (Vm*)guest;
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* other = vm->At(i);
            other->MustForget |= other != vm->Vcpu;
            if (other != vm->Vcpu && other->IsInGuest != 0)
            {
                Cpu.SendMessage(((HostProcessor*)other->Home)->ApicId);
                while (other->IsInGuest != 0)
                {
                    Cpu.Pause();
                }
            }
        }
    }
}
