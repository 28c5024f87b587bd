// The seats of a machine, and whose processor is at work.

using System.Runtime.CompilerServices;
using MinusOne.Hv.Scheduling;

namespace MinusOne.Hv;

internal unsafe struct Seats
{
    // The first nine have a digit behind Ctrl-A.
    public const int Most = Scheduler.Most;

    private Row _row;

    // The virtual processors by their slots.
    private fixed ulong _vcpus[Scheduler.Most];

    public Scheduler Scheduler;

    // Whose VMCS is current and whose registers are in the processor; null: nobody's.
    public Vcpu* Loaded;

    // How many are taken in this run.
    public int Used;

    // Where what is typed goes, counted from 0; and the number of who has begun a line on the console.
    public int FocusSeat;
    public uint Speaker;

    // Null: nobody has it.
    public Vm* Focus => Used > 1 ? At(FocusSeat)->Vm : null;

    // This seat, or the next behind it where somebody sits.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void SetFocus(int seat)
    {
        for (int i = 0; i < Used; i++, seat++)
        {
            FocusSeat = seat % Used;
            if (At(FocusSeat)->Vm != null)
            {
                return;
            }
        }
    }

    // Several share the processor.
    public readonly bool AreShared => Scheduler.Count > 1;

    // Machines do not move.
    [MethodImpl(MethodImplOptions.NoInlining)]
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
