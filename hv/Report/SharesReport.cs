// How guests that ran at the same time shared the processor, and whether each got as far as its weight says.

namespace MinusOne.Hv.Report;

internal static unsafe class SharesReport
{
    private const int WeightColumn = 20;
    private const int RunColumn = 30;
    private const int WaitColumn = 44;
    private const int IdleColumn = 58;
    private const int SlicesColumn = 72;
    private const int PreemptionsColumn = 82;
    private const int ShareColumn = 96;
    private const ulong Whole = 1000;

    // False: a share is further from what the configuration wants than it allows.
    public static bool Print(Machine* machine)
    {
        Writer.Log.Text("  guest             weight    run ticks     wait          "u8)
            .Text("idle          slices    preemptions   of 1000\n"u8);
        ulong tallies = 0;
        ulong weights = 0;
        for (int i = 0; i < VmSlots.Of(machine)->Used; i++)
        {
            tallies += VmSlots.Of(machine)->At(i)->Tally;
            weights += VmSlots.Of(machine)->At(i)->Weight;
        }

        bool isGood = true;
        for (int i = 0; i < VmSlots.Of(machine)->Used; i++)
        {
            VmSlot* slot = VmSlots.Of(machine)->At(i);
            ref SliceAccount account = ref slot->Account;
            Writer line = Writer.Log.Text("  "u8).Text(slot->Name).To(WeightColumn).Decimal(slot->Weight)
                .To(RunColumn).Decimal(account.Run).To(WaitColumn).Decimal(account.Wait).To(IdleColumn)
                .Decimal(account.Idle).To(SlicesColumn).Decimal(account.Slices).To(PreemptionsColumn)
                .Decimal(account.Preemptions);
            if (slot->Config.Tolerance != 0)
            {
                ulong share = tallies == 0 ? 0 : slot->Tally * Whole / tallies;
                ulong due = slot->Weight * Whole / weights;
                bool isDue = (share > due ? share - due : due - share) * Whole <= slot->Config.Tolerance * due;
                isGood &= isDue;
                line = line.To(ShareColumn).Decimal(share).Text(isDue ? ", due "u8 : ", NOT DUE: "u8).Decimal(due);
            }

            line.EndLine();
        }

        return isGood;
    }
}
