// One row for each guest of `run all`, at the end: whether everything in it came as its program says it must.
namespace MinusOne.Hv.Lessons;

internal unsafe struct ResultTable
{
    private const int Most = 128;
    private const int NameColumn = 6;
    private const int ResultColumn = 28;
    private const int SentenceColumn = 38;

    private fixed byte _results[Most];
    private int _count;

    public void Add(DemonstrationResult result)
    {
        if (_count < Most)
        {
            _results[_count++] = (byte)result;
        }
    }

    // How many failed.
    public readonly uint Print(ReadOnlySpan<GuestProgram> programs)
    {
        uint failed = 0, skipped = 0;
        for (int i = 0; i < _count && i < programs.Length; i++)
        {
            var result = (DemonstrationResult)_results[i];
            bool isSkipped = result == DemonstrationResult.Impossible;
            ReadOnlySpan<byte> word = result == DemonstrationResult.Passed ? "passed"u8 : "FAILED"u8;
            failed += result == DemonstrationResult.Failed ? 1u : 0;
            skipped += isSkipped ? 1u : 0;
            Writer.Console.Text(programs[i].Id.Span).To(NameColumn).Text(programs[i].Name.Span)
                .To(ResultColumn).Text(isSkipped ? "VT-x"u8 : word)
                .To(SentenceColumn).Text(isSkipped ? programs[i].OnlyVtx.Span : programs[i].Sentence.Span).EndLine();
        }

        Writer line = Writer.Console.Decimal((ulong)_count - failed - skipped).Text(" demonstrations passed, "u8)
            .Decimal(failed).Text(" failed"u8);
        line = skipped == 0 ? line : line.Text(", "u8).Decimal(skipped).Text(" are about VT-x alone"u8);
        line.EndLine();
        return failed;
    }
}

internal enum DemonstrationResult : byte
{
    Failed,
    Passed,

    // It is about something that this processor does not have.
    Impossible,
}
