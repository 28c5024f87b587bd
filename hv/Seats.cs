// The seats of a machine, and whose processor is at work.

using System.Runtime.CompilerServices;
using MinusOne.Hv.Scheduling;

namespace MinusOne.Hv;

internal unsafe struct Seats
{
    // One digit behind Ctrl-A.
    public const int Most = 9;

    private Row _row;

    // The virtual processors by their slots.
    private fixed ulong _vcpus[Scheduler.Most];

    public Scheduler Scheduler;

    // Whose VMCS is current and whose registers are in the processor; null: nobody's.
    public Vcpu* Loaded;

    // How many are taken in this run.
    public int Used;

    // Several share the processor.
    public readonly bool AreShared => Scheduler.Count > 1;

    // Machines do not move.
    public Seat* At(int seat) => (Seat*)Unsafe.AsPointer(ref _row[seat]);

    public readonly Vcpu* VcpuAt(int slot) => (Vcpu*)_vcpus[slot];

    // False: there are as many as there can be.
    public bool TryAdd(Vcpu* vcpu, uint weight, ulong now)
    {
        vcpu->Slot = Scheduler.Add(weight, now);
        if (vcpu->Slot == Scheduler.None)
        {
            return false;
        }

        _vcpus[vcpu->Slot] = (ulong)vcpu;
        return true;
    }

    [InlineArray(Most)]
    private struct Row
    {
        private Seat _first;
    }
}
