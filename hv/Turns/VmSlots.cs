// The slots of a machine, and whose processor is at work.
namespace MinusOne.Hv.Turns;

internal unsafe struct VmSlots
{
    // The first nine have a digit behind Ctrl-A.
    public const int Most = 64;

    private Row _row;

    // The virtual processors by their slots.
    private fixed ulong _vcpus[Scheduler.Most];

    public Scheduler Scheduler;

    // The host TSC at which all guests must be looked at, for one of them may have something to do then; 0: at once.
    public ulong NextLook;

    // How many are taken in this run.
    public int Used;

    // The slot that gets what is typed, counted from 0; and the number of the guest that has begun a line.
    public int FocusSlot;
    public uint LineOwner;

    public static VmSlots* Of(Machine* machine) => (VmSlots*)machine->Slots;

    // Null: nobody has it.
    public Vm* Focus => Used > 1 ? At(FocusSlot)->Vm : null;

    // This slot, or the next behind it where somebody sits.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void SetFocus(int slot)
    {
        for (int i = 0; i < Used; i++, slot++)
        {
            FocusSlot = slot % Used;
            if (At(FocusSlot)->Vm != null)
            {
                return;
            }
        }
    }

    // Machines do not move.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public VmSlot* At(int slot) => (VmSlot*)Unsafe.AsPointer(ref _row[slot]);

    public readonly Vcpu* VcpuAt(int slot) => (Vcpu*)_vcpus[slot];

    // False: there are as many as there can be.
    public bool TryAdd(Vcpu* vcpu, uint weight, ulong now)
    {
        vcpu->Slot = Scheduler.Add(weight, now, Vm.Of(vcpu)->VcpuCount > 1 ? VmSlot.Of(Vm.Of(vcpu))->Number : 0);
        if (vcpu->Slot == Vcpu.NoSlot)
        {
            return false;
        }

        _vcpus[vcpu->Slot] = (ulong)vcpu;
        Vm.Of(vcpu)->Machine->IsShared = Scheduler.Count > 1;
        Vm.Of(vcpu)->Board.At(vcpu->Index)->IsStarted = true;
        return true;
    }

    // For all processors that the guests have, whether they run yet or not.
    public bool HasRoom
    {
        get
        {
            int count = 0;
            for (int i = 0; i < Used; i++)
            {
                Vm* vm = At(i)->Vm;
                count += vm == null ? 0 : vm->VcpuCount;
            }

            return count <= Scheduler.Most;
        }
    }

    // Hooks: it has a place here.
    public static bool IsAtWork(Vcpu* vcpu) =>
        Of(Vm.Of(vcpu)->Machine)->Scheduler[vcpu->Slot].State != SlotState.Waiting;

    // Something has come for it, while another one runs, of its guest or not: if it waits, it need not any longer. The
    // one that runs does so until its slice is over, or no longer if it only waited, too.
    public void Rouse(Vcpu* vcpu)
    {
        if (vcpu->Slot != Vcpu.NoSlot)
        {
            Vcpu* loaded = Vm.Of(vcpu)->Machine->Loaded;
            Board* board = &Vm.Of(loaded != null ? loaded : vcpu)->Board;
            Scheduler.Wake(vcpu->Slot, Cpu.ReadTsc());
            ulong end = Scheduler.Running == Scheduler.None ? 0 : Math.Min(board->SliceEnd, Scheduler.SliceEnd);
            Deadlines.SetSlice(board, end);
        }
    }

    public void Leave(Vcpu* vcpu)
    {
        if (vcpu->Slot != Vcpu.NoSlot)
        {
            Scheduler.Remove(vcpu->Slot, Cpu.ReadTsc());
            vcpu->Account.Add(Scheduler[vcpu->Slot].Account);
            vcpu->Slot = Vcpu.NoSlot;
            Vm.Of(vcpu)->Machine->IsShared = Scheduler.Count > 1;
            Vm.Of(vcpu)->Board.At(vcpu->Index)->IsStarted = false;
        }
    }

    [InlineArray(Most)]
    private struct Row { private VmSlot _first; }
}
