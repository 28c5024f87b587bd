// The last exits of a processor whose guest did not end as it is meant to, oldest first: what led there. The short path
// times nothing, so of its exits only the reason and the place are known.
namespace MinusOne.Hv.Report;

internal static unsafe class LastExits
{
    private const int RipColumn = 34;
    private const int BeforeColumn = 54;
    private const int TicksColumn = 68;
    private const int VerdictColumn = 80;
    private const int DetailColumn = 90;
    private const int Cr3Column = 110;

    public static void Print(Output output, Vcpu* vcpu, int most = ExitRing.Records)
    {
        ExitRecord* newest = vcpu->Registers.Exit;
        new Writer(output).Text("  last exits"u8).To(RipColumn).Text("at"u8).To(BeforeColumn).Text("ticks ago"u8)
            .To(TicksColumn).Text("ticks"u8).To(VerdictColumn).Text("then"u8).To(DetailColumn).Text("qualification"u8)
            .To(Cr3Column).Text("CR3"u8).EndLine();
        ExitRecord* record = newest;
        for (int left = ExitRing.Records; left > 0; left--)
        {
            record = record->Next;
            if (record->IsThere && left <= most)
            {
                Print(output, record, newest->Time + newest->Ticks);
            }
        }
    }

    private static void Print(Output output, ExitRecord* record, ulong end)
    {
        Writer line = new Writer(output).Text("  "u8).Text(ExitFacts.NameOf((ExitReason)(ushort)record->Reason))
            .To(RipColumn).Hex(record->Rip);
        if (record->IsComplete)
        {
            line = line.To(BeforeColumn).Decimal(end - record->Time).To(TicksColumn).Decimal(record->Ticks)
                .To(VerdictColumn).Text(Word((Verdict)record->Verdict)).To(DetailColumn).Hex(record->Qualification)
                .To(Cr3Column).Hex(record->Cr3);
        }

        line.EndLine();
    }

    private static ReadOnlySpan<byte> Word(Verdict verdict) =>
        (verdict & Verdict.End) != 0 ? "ended"u8 : (verdict & Verdict.Advance) != 0 ? "went on"u8 : "entered"u8;
}
