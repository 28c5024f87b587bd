// The slots of a machine, and who has its console.
namespace MinusOne.Hv.Turns;

internal unsafe struct VmSlots
{
    // The first nine have a digit behind Ctrl-A.
    public const int Most = 64;

    private Row _row;

    // How many are taken in this run.
    public int Used;

    // The slot that gets what is typed, counted from 0; and the number of the guest that has begun a line.
    public int FocusSlot;
    public uint LineOwner;

    // What weight 1 is worth in this run.
    public ulong Quantum;

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

    [InlineArray(Most)]
    private struct Row { private VmSlot _first; }
}
