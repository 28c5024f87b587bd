// One row for each guest of `run all`, at the end: whether everything in it came as its program says it must.
namespace MinusOne.Hv.Lessons;

internal unsafe struct ResultTable
{
    private const int Most = 128;
    private const int NameColumn = 6;
    private const int ResultColumn = 28;
    private const int SentenceColumn = 38;

    private fixed bool _passed[Most];
    private int _count;

    public void Add(bool passed)
    {
        if (_count < Most)
        {
            _passed[_count++] = passed;
        }
    }

    // How many failed.
    public readonly uint Print(ReadOnlySpan<GuestProgram> programs)
    {
        uint failed = 0;
        for (int i = 0; i < _count && i < programs.Length; i++)
        {
            failed += _passed[i] ? 0u : 1;
            Writer.Console.Text(programs[i].Id.Span).To(NameColumn).Text(programs[i].Name.Span)
                .To(ResultColumn).Text(_passed[i] ? "passed"u8 : "FAILED"u8)
                .To(SentenceColumn).Text(programs[i].Sentence.Span).EndLine();
        }

        Writer.Console.Decimal((ulong)_count - failed).Text(" demonstrations passed, "u8).Decimal(failed)
            .Text(" failed"u8).EndLine();
        return failed;
    }
}
