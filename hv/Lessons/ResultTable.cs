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
        uint failed = 0, impossible = 0, exact = 0;
        for (int i = 0; i < _count && i < programs.Length; i++)
        {
            var result = (DemonstrationResult)_results[i];
            failed += result == DemonstrationResult.Failed ? 1u : 0;
            impossible += result == DemonstrationResult.Impossible ? 1u : 0;
            exact += result == DemonstrationResult.TooExact ? 1u : 0;
            Writer.Console.Text(programs[i].Id.Span).To(NameColumn).Text(programs[i].Name.Span)
                .To(ResultColumn).Text(Word(result))
                .To(SentenceColumn).Text(result == DemonstrationResult.Impossible ? programs[i].OnlyVtx.Span
                    : result == DemonstrationResult.TooExact ? "its times are too short for this machine's clock"u8
                    : programs[i].Sentence.Span).EndLine();
        }

        Writer line = Writer.Console.Decimal((ulong)_count - failed - impossible - exact)
            .Text(" demonstrations passed, "u8).Decimal(failed).Text(" failed"u8);
        line = impossible == 0 ? line : line.Text(", "u8).Decimal(impossible).Text(" are about VT-x alone"u8);
        line = exact == 0 ? line : line.Text(", "u8).Decimal(exact).Text(" need an exact clock"u8);
        line.EndLine();
        return failed;
    }

    private static ReadOnlySpan<byte> Word(DemonstrationResult result) => result switch
    {
        DemonstrationResult.Passed => "passed"u8,
        DemonstrationResult.Impossible => "VT-x"u8,
        DemonstrationResult.TooExact => "clock"u8,
        _ => "FAILED"u8,
    };
}

internal enum DemonstrationResult : byte
{
    Failed,
    Passed,

    // It is about something that this processor does not have.
    Impossible,

    // The machine's time is not exact enough for it.
    TooExact,
}
