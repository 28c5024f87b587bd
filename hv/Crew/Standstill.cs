// All processors but one stand still, between two turns, so that this one can look at the guests of all and change
// them: that is the monitor's. They are called for it; nobody rests who holds a lock.

using System.Threading;

namespace MinusOne.Hv.Crew;

internal static unsafe class Standstill
{
    // All guests are this processor's until the end.
    public static void Begin(HostProcessor* own)
    {
        Machine* machine = own->Machine;
        if (machine->ProcessorCount <= 1)
        {
            return;
        }

        // Others of the guest that we are in come to rest by way of its lock.
        Vcpu* vcpu = own->Loaded;
        Vm* held = vcpu != null && Vm.Of(vcpu)->IsSpread ? Vm.Of(vcpu) : null;
        TurnEnd leaving = held != null ? held->Leaving : TurnEnd.None;
        if (held != null)
        {
            held->Lock.Give();
        }

        Interlocked.Exchange(ref machine->Holder, own->Number + 1);
        for (int i = 0; i < machine->ProcessorCount; i++)
        {
            if (machine->At(i) != own)
            {
                Await(machine->At(i));
            }
        }

        if (held != null)
        {
            GuestLock.Take(held, vcpu);
            held->Leaving = held->End == GuestEnd.None ? leaving : TurnEnd.Ended;
        }

        for (int i = 0; i < VmSlots.Of(machine)->Used; i++)
        {
            Vm* vm = VmSlots.Of(machine)->At(i)->Vm;
            if (vm != null)
            {
                vm->Processor = own;
            }
        }
    }

    private static void Await(HostProcessor* other)
    {
        if (other->IsAtRest == 0)
        {
            GuestLock.Call(other);
        }

        while (other->IsAtRest == 0)
        {
            Cpu.Pause();
        }
    }

    // Nobody's state but its own guests' is in this processor.
    public static void End(HostProcessor* own)
    {
        Machine* machine = own->Machine;
        if (machine->ProcessorCount <= 1)
        {
            return;
        }

        for (int i = 0; i < VmSlots.Of(machine)->Used; i++)
        {
            VmSlot* slot = VmSlots.Of(machine)->At(i);
            if (slot->Vm != null)
            {
                LetGo(slot->Vm, own, isOwn: false);
                slot->Vm->Processor = slot->IsOn(own) ? own : slot->Home;
            }
        }

        machine->Holder = 0;
        for (int i = 0; i < machine->ProcessorCount; i++)
        {
            if (machine->At(i) != own)
            {
                Cpu.SendMessage(machine->At(i)->ApicId);
            }
        }
    }

    // Between two turns, if somebody holds all. Others may look at its guests until it goes on.
    public static void Rest(HostProcessor* own)
    {
        VmSlots* slots = VmSlots.Of(own->Machine);
        VcpuSwitch.Unload(own);
        for (int i = 0; i < slots->Used; i++)
        {
            if (slots->At(i)->IsOn(own))
            {
                LetGo(slots->At(i)->Vm, own, isOwn: true);
            }
        }

        Come(own);
        Leave(own);
        Rota.Of(own)->Scheduler.Skip(Cpu.ReadTsc());
    }

    // This one waits between two turns, if none of what it may run has been started.
    public static void Wait(HostProcessor* own)
    {
        VcpuSwitch.Unload(own);
        Come(own);
        if (Volatile.Read(in own->IsCalled) == 0)
        {
            Cpu.WaitForMessage();
        }

        Leave(own);
    }

    // Nothing of any guest is in this processor, and it touches none.
    public static void Come(HostProcessor* own) => Interlocked.Exchange(ref own->IsAtRest, 1);

    // Either this one sees that somebody holds all, or that one sees that this one does not rest. The message that ends
    // its wait may come before HLT.
    public static void Leave(HostProcessor* own)
    {
        while (Interlocked.Exchange(ref own->IsAtRest, 0) == 1 && own->Machine->Holder != 0)
        {
            own->IsAtRest = 1;
            while (own->Machine->Holder != 0)
            {
                Cpu.WaitForMessage();
            }
        }
    }

    // A processor must not have the state of one that another enters: this one's own, or all others.
    private static void LetGo(Vm* vm, HostProcessor* own, bool isOwn)
    {
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            if (vm->At(i)->Home == own == isOwn)
            {
                Backend.Unload(vm->At(i));
            }
        }
    }
}
