// A guest whose processors run at the same time, on several of the machine. One of these has the guest at a time: it
// takes it at an exit and gives it back with the entry, and what a guest keeps of the one that runs (Vm.Vcpu, the
// board's local APIC, the end of the slice) is this one's meanwhile. So what handles an exit need not know of others.
//   - What reaches one that may be in the guest is followed by a message, which makes it exit: it looks at what is
//     pending with the lock. One that does not run is its processor's to wake (Call).
//   - Before something is taken from the guest's memory all others come out; they come to the lock without one, and
//     forget what they remember before they enter.
// Locks: that of guests that come and go goes before a guest's, and those of console and frames come behind.

using System.Threading;

namespace MinusOne.Hv.Crew;

internal static unsafe class GuestLock
{
    public static Vcpu* Take(Vm* vm, HostProcessor* processor, Vcpu* vcpu)
    {
        // Nothing of a guest that has not begun can run elsewhere than where it begins.
        bool isQuiet = !vm->HasBegun && vm->End == GuestEnd.None && VmSlot.Of(vm)->Home != processor;
        vcpu = vcpu != null || isQuiet ? vcpu : Find(vm, processor);
        if (vcpu != null)
        {
            Take(vm, vcpu);
        }

        return vcpu;
    }

    public static void Take(Vm* vm, Vcpu* vcpu)
    {
        vm->Lock.Take();
        if (vm->Vcpu != vcpu || vm->Processor != vcpu->Home)
        {
            Change(vm, vcpu);
        }
    }

    // The one that runs here, or was the last to run; one that has not been started only if there is no other.
    private static Vcpu* Find(Vm* vm, HostProcessor* processor)
    {
        Vcpu* found = processor->Loaded;
        found = found != null && Vm.Of(found) == vm && found->Slot != Vcpu.NoSlot ? found : null;
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* vcpu = vm->At(i);
            bool isBetter = found == null || (found->Slot == Vcpu.NoSlot && vcpu->Slot != Vcpu.NoSlot);
            found = vcpu->Home == processor && isBetter ? vcpu : found;
        }

        return found;
    }

    // Enters, and has the guest again afterwards. False: the processor refuses, or the guest has ended meanwhile.
    public static bool TryEnter(Vm* vm, Vcpu* vcpu)
    {
        RunLoop.Deliver(vm, vcpu);
        if (vm->HeldUntil != 0)
        {
            GuestTime.HoldBack(vm);
        }

        vcpu->IsHalted = GuestState.Activity == ActivityState.Hlt;
        vcpu->IsInGuest = 1;
        vm->Lock.Give();
        bool isEntered = Backend.TryEnter(vcpu);
        vcpu->IsInGuest = 0;
        Take(vm, vcpu);
        vcpu->IsTold = vcpu->IsHalted = false;
        if (isEntered && vm->End != GuestEnd.None && ExitFacts.Reason == ExitReason.ExternalInterrupt)
        {
            // Nobody looks at this exit, and the message that it has taken is in service.
            InterruptExits.Arrived(vm, vcpu);
        }

        return isEntered && vm->End == GuestEnd.None;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Change(Vm* vm, Vcpu* vcpu)
    {
        Board* board = &vm->Board;
        vm->Vcpu->SliceEnd = board->SliceEnd;
        vm->Vcpu->NextLook = vm->NextLook;
        vm->NextLook = vcpu->NextLook;
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

    // A processor that does not run here has got something.
    public static void Woken(void* guest, uint index)
    {
        var vm = (Vm*)guest;
        Vcpu* vcpu = vm->At((int)index);
        if (vcpu->Home == vm->Processor)
        {
            ProcessorStart.Woken(vcpu);
        }
        else
        {
            Tell(vcpu, vm->Board.At(index)->Signals != StartSignals.None);
        }
    }

    // Something has come for one that runs elsewhere, if it runs; a signal is heeded between two turns.
    private static void Tell(Vcpu* vcpu, bool isSignal)
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
