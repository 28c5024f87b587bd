// Which processor a guest has its turns on: the one with the least to do of those it is allowed (Pinning), before
// anything of the guest exists. Guests that send one another frames, or whose shares of one processor are compared, are
// together on one.
namespace MinusOne.Hv.Crew;

internal static unsafe class Placement
{
    public static void Place(Machine* machine, int count)
    {
        Pinning.Settle(machine, count);
        Loads loads = default;
        int shared = -1;
        for (int i = 0; i < count; i++)
        {
            VmSlot* slot = VmSlots.Of(machine)->At(i);
            bool isShared = IsShared(slot);
            int place = isShared && shared >= 0 ? shared : Least(slot->Settings.Processors, loads);
            shared = isShared ? place : shared;
            slot->Home = machine->At(place);
            loads[place] += (uint)GuestSetup.VcpusOf(slot->Next, slot->Settings);
        }
    }

    // It has to be together with others.
    public static bool IsShared(VmSlot* slot) =>
        slot->Settings.Files.Devices.Network != 0 || slot->Next->Tolerance != 0;

    // The first of them. One that is allowed none has no guest to be placed.
    private static int Least(ulong allowed, in Loads loads)
    {
        int least = allowed == 0 ? 0 : BitOperations.TrailingZeroCount(allowed);
        for (int i = least + 1; i < HostProcessor.Most; i++)
        {
            least = loads[i] < loads[least] && ((allowed >> i) & 1) != 0 ? i : least;
        }

        return least;
    }

    [InlineArray(HostProcessor.Most)]
    private struct Loads { private uint _first; }
}
