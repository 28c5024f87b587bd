// One broken rule: which, in which field, and what stood there. `value` is the field's value; in an MSR area, the first
// half of an entry, and `entry` says which, counted from 1.
namespace MinusOne.Hv.Audit;

internal readonly struct AuditFinding(AuditRule rule, AuditField field, ulong value, uint entry)
{
    public readonly AuditRule Rule = rule;
    public readonly uint Field = field.Encoding;
    public readonly ulong Value = value;
    public readonly uint Entry = entry;

    public AuditStage Stage => (AuditStage)((uint)Rule >> 8);
}

// A field of any width.
internal readonly struct AuditField(uint encoding)
{
    public readonly uint Encoding = encoding;

    public static implicit operator AuditField(Vmcs16 field) => new((uint)field);
    public static implicit operator AuditField(Vmcs32 field) => new((uint)field);
    public static implicit operator AuditField(Vmcs64 field) => new((uint)field);
    public static implicit operator AuditField(VmcsNatural field) => new((uint)field);
}

// The broken rules of one audit, in the order in which they were found: the first is what a processor stops at. What
// does not fit is counted and dropped.
internal struct AuditFindings
{
    public const int Capacity = 32;

    private Room _findings;

    public readonly int Count => Found < Capacity ? Found : Capacity;

    // Including those dropped.
    public int Found { get; private set; }

    public readonly AuditFinding this[int index] => _findings[index];

    public void Add(AuditFinding finding)
    {
        if (Found < Capacity)
        {
            _findings[Found] = finding;
        }

        Found++;
    }

    [InlineArray(Capacity)]
    private struct Room { private AuditFinding _first; }
}

// An audit's findings as lines of the log: the rule in words, then the field that breaks it with encoding and value.
internal static class AuditReport
{
    public static void Write(in AuditFindings findings)
    {
        for (int index = 0; index < findings.Count; index++)
        {
            Write(findings[index]);
        }

        if (findings.Found > findings.Count)
        {
            Writer.Log.Text("audit: "u8).Decimal((ulong)(findings.Found - findings.Count)).Text(" more"u8).EndLine();
        }
    }

    private static void Write(AuditFinding finding)
    {
        Writer line = Writer.Log.Text("audit: "u8).Text(Names.OfStage((uint)finding.Stage)).Text(": "u8)
            .Text(Names.OfRule((uint)finding.Rule)).Text("; "u8)
            .Text(Names.OfField(finding.Field)).Text(" ("u8).Hex(finding.Field & ~SvmPlace.First, 4)
            .Text(")"u8);
        if (finding.Entry != 0)
        {
            line = line.Text(" entry "u8).Decimal(finding.Entry);
        }

        line.Text(" = "u8).Hex(finding.Value).EndLine();
    }
}
