// The outcomes of `bad-entry`: how often processor and auditor agree, and which rows the processor cannot judge.

namespace MinusOne.Hv.Lessons;

internal struct BrokenEntryTally
{
    public int Wrong;
    private int _agreed;
    private RowSet _unchecked;
    private RowSet _elsewhere;

    // `stage`: where the processor refused; `expected`: where the manual says it does.
    public void Count(int row, AuditStage stage, bool named, AuditStage expected)
    {
        if (!named)
        {
            Wrong++;
        }
        else if (stage == AuditStage.None)
        {
            _unchecked[row] = true;
        }
        else if (stage != expected)
        {
            _elsewhere[row] = true;
        }
        else
        {
            _agreed++;
        }
    }

    public readonly void Print(int rows)
    {
        Writer.Console.Decimal((ulong)rows).Text(" broken states: processor and auditor agree on "u8)
            .Decimal((ulong)_agreed)
            .Text(", the auditor was wrong on "u8).Decimal((ulong)Wrong).EndLine();
        List("not checked by this processor:"u8, rows, _unchecked);
        List("refused by this processor at another stage than the manual says:"u8, rows, _elsewhere);
    }

    private static void List(System.ReadOnlySpan<byte> heading, int rows, RowSet set)
    {
        Writer line = Writer.Console.Text(heading);
        for (int row = 0; row < rows; row++)
        {
            if (set[row])
            {
                line = line.Text(" "u8).Decimal((ulong)row);
            }
        }

        line.EndLine();
    }

    // One for each of up to 256 rows.
    [InlineArray(256)]
    private struct RowSet
    {
        private bool _first;
    }
}
