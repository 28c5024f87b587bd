// The turns on one processor of the machine: who has a place there, and when all of them must be looked at.
namespace MinusOne.Hv.Turns;

internal unsafe struct Rota
{
    // The virtual processors by their slots.
    private fixed ulong _vcpus[Scheduler.Most];

    public Scheduler Scheduler;

    // The host TSC at which all guests must be looked at, for one of them may have something to do then; 0: at once.
    public ulong NextLook;

    private HostProcessor* _processor;

    public static Rota* Of(HostProcessor* processor) => (Rota*)processor->Rota;

    // The one that a virtual processor has its turns on, whoever looks at it.
    public static Rota* Of(Vcpu* vcpu) => Of((HostProcessor*)vcpu->Home);

    // Neither moves.
    public void Join(HostProcessor* processor)
    {
        _processor = processor;
        processor->Rota = Unsafe.AsPointer(ref this);
        processor->Ready = (int*)Unsafe.AsPointer(ref Scheduler.Ready);
    }

    public void Begin(ulong quantum)
    {
        Scheduler = default;
        Scheduler.Quantum = quantum;
        NextLook = 0;
    }

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
        _processor->IsShared = Scheduler.Count > 1;
        Vm.Of(vcpu)->Board.At(vcpu->Index)->IsStarted = true;
        return true;
    }

    // Hooks: it has a place here.
    public static bool IsAtWork(Vcpu* vcpu) =>
        Of(vcpu)->Scheduler[vcpu->Slot].State != SlotState.Waiting;

    // Something has come for it, while another one runs, of its guest or not: if it waits, it need not any longer. The
    // one that runs does so until its slice is over, or no longer if it only waited, too.
    public void Rouse(Vcpu* vcpu)
    {
        Vcpu* loaded = _processor->Loaded;
        Board* board = &Vm.Of(loaded != null ? loaded : vcpu)->Board;
        Scheduler.Wake(vcpu->Slot, Cpu.ReadTsc());
        ulong end = Scheduler.Running == Scheduler.None ? 0 : Math.Min(board->SliceEnd, Scheduler.SliceEnd);
        Deadlines.SetSlice(board, end);
    }

    public void Leave(Vcpu* vcpu)
    {
        if (vcpu->Slot != Vcpu.NoSlot)
        {
            Scheduler.Remove(vcpu->Slot, Cpu.ReadTsc());
            vcpu->Account.Add(Scheduler[vcpu->Slot].Account);
            vcpu->Slot = Vcpu.NoSlot;
            _processor->IsShared = Scheduler.Count > 1;
            Vm.Of(vcpu)->Board.At(vcpu->Index)->IsStarted = false;
        }
    }
}
