// Which processors a guest has its turns on: those with the least to do of those it is allowed (Pinning), before
// anything of the guest exists. Guests that send one another frames, or whose shares of one processor are compared, are
// whole, and together on one.
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
            slot->PutOn(machine->At(place));
            int vcpus = GuestSetup.VcpusOf(slot->Next, slot->Settings);
            loads[place] += isShared ? (uint)vcpus : 1;
            for (int k = 1; k < Board.MostProcessors && !isShared; k++)
            {
                place = Least(slot->Settings.Processors, loads);
                slot->Homes[k] = k < vcpus ? (ulong)machine->At(place) : slot->Homes[k % vcpus];
                loads[place] += k < vcpus ? 1u : 0;
            }
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
