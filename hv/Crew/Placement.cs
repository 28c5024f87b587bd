// Which processor a guest has its turns on: the one with the least to do, before anything of the guest exists. Guests
// that send one another frames, or whose shares of one processor are compared, are together on one.
namespace MinusOne.Hv.Crew;

internal static unsafe class Placement
{
    public static void Place(Machine* machine, int count)
    {
        Loads loads = default;
        int shared = -1;
        for (int i = 0; i < count; i++)
        {
            VmSlot* slot = VmSlots.Of(machine)->At(i);
            bool isShared = slot->Settings.Files.Devices.Network != 0 || slot->Next->Tolerance != 0;
            int place = isShared && shared >= 0 ? shared : Least(machine, loads);
            shared = isShared ? place : shared;
            slot->Home = machine->At(place);
            loads[place] += (uint)GuestSetup.VcpusOf(slot->Next, slot->Settings);
        }
    }

    // The first of them.
    private static int Least(Machine* machine, in Loads loads)
    {
        int least = 0;
        for (int i = 1; i < machine->ProcessorCount; i++)
        {
            least = loads[i] < loads[least] && machine->At(i)->IsAble ? i : least;
        }

        return least;
    }

    [InlineArray(HostProcessor.Most)]
    private struct Loads { private uint _first; }
}
