// Processors of the machine that run some of a guest: all of them may look at it from the moment at which it is ready
// until they have let go of it. The one that it began on lets go last, and takes it down: nobody touches what is gone.

using System.Threading;

namespace MinusOne.Hv.Crew;

internal static unsafe class Membership
{
    // The processor for one of a guest's.
    public static void* HomeOf(Vm* vm, int index) => (void*)VmSlot.Of(vm)->Homes[index];

    // The guest is ready. False: there are too many processors already where one of its own is to be.
    public static bool TryJoin(Vm* vm)
    {
        VmSlot* slot = VmSlot.Of(vm);
        if (!TryReserve(vm) || !Rota.Of(vm->First)->TryAdd(vm->First, slot->Weight, Cpu.ReadTsc()))
        {
            return false;
        }

        ulong members = 0;
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            members |= ((HostProcessor*)vm->At(i)->Home)->Bit;
            if (vm->IsSpread)
            {
                Separate(vm, vm->At(i));
            }
        }

        vm->Board.Elsewhere = vm->First->Elsewhere;
        Volatile.Write(ref slot->Members, members);
        for (int i = 0; i < vm->Machine->ProcessorCount; i++)
        {
            HostProcessor* member = vm->Machine->At(i);
            if ((members & member->Bit) != 0)
            {
                Interlocked.Increment(ref member->Guests);
                if (member != slot->Home)
                {
                    GuestLock.Call(member);
                }
            }
        }

        return true;
    }

    // What it knows of others, and what others have to know of it. It was set up where the guest begins.
    private static void Separate(Vm* vm, Vcpu* vcpu)
    {
        vcpu->MustForget = vcpu->Index != 0;
        for (int other = 0; other < vm->VcpuCount; other++)
        {
            vcpu->Elsewhere |= (byte)(vm->At(other)->Home != vcpu->Home ? 1 << other : 0);
        }

        vm->Memory.Table.User = vm;
        vm->Memory.Table.Stop = &GuestLock.StopOthers;
        if (vcpu->Home != vm->Processor)
        {
            Backend.Unload(vcpu);
        }
    }

    // A place for each of its processors, whether it runs yet or not.
    private static bool TryReserve(Vm* vm)
    {
        bool isThere = true;
        for (; isThere && vm->Reserved < vm->VcpuCount; vm->Reserved++)
        {
            var home = (HostProcessor*)vm->At(vm->Reserved)->Home;
            isThere = Interlocked.Increment(ref home->Places) <= Scheduler.Most;
        }

        return isThere;
    }

    // The guest goes, and this processor has it alone; or it has never been ready.
    public static void Left(Vm* vm)
    {
        while (vm->Reserved != 0)
        {
            Interlocked.Decrement(ref ((HostProcessor*)vm->At(--vm->Reserved)->Home)->Places);
        }

        VmSlot* slot = VmSlot.Of(vm);
        if (slot->IsOn(slot->Home))
        {
            Leave(slot, slot->Home);
        }
    }

    private static void Leave(VmSlot* slot, HostProcessor* processor)
    {
        Interlocked.And(ref slot->Members, ~processor->Bit);
        Interlocked.Decrement(ref processor->Guests);
    }

    // The guest has ended, and this processor, which has it, lets go of it for good. True: it is the one that takes it
    // down, and no other has anything of it.
    public static bool TryGather(Vm* vm, HostProcessor* processor)
    {
        VmSlot* slot = VmSlot.Of(vm);
        HostProcessor* home = slot->Home;
        VcpuSwitch.Unload(processor);
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* vcpu = vm->At(i);
            if (vcpu->Home == processor)
            {
                Rota.Of(vcpu)->Leave(vcpu);
                Backend.Unload(vcpu);
            }
            else if (slot->IsOn((HostProcessor*)vcpu->Home))
            {
                GuestLock.Call((HostProcessor*)vcpu->Home);
            }
        }

        bool isLast = slot->Members == home->Bit;
        vm->Give();
        if (processor != home)
        {
            Leave(slot, processor);
            GuestLock.Call(home);
        }

        return processor == home && isLast;
    }
}
