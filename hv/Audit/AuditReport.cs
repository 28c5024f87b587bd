// An audit's findings as lines of the log: the rule in words, then the field that breaks it with encoding and value.

namespace MinusOne.Hv.Audit;

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
        Writer line = Writer.Log.Text("audit: "u8).Text(StageText(finding.Stage)).Text(": "u8)
            .Text(Names.OfRule((uint)finding.Rule)).Text("; "u8)
            .Text(Names.OfField(finding.Field)).Text(" ("u8).Hex(finding.Field, 4).Text(")"u8);
        if (finding.Entry != 0)
        {
            line = line.Text(" entry "u8).Decimal(finding.Entry);
        }

        line.Text(" = "u8).Hex(finding.Value).EndLine();
    }

    private static ReadOnlySpan<byte> StageText(AuditStage stage) => stage switch
    {
        AuditStage.Controls => "controls"u8,
        AuditStage.HostState => "host state"u8,
        AuditStage.GuestState => "guest state"u8,
        AuditStage.MsrLoading => "MSRs to load"u8,
        _ => "MSRs of the exit"u8,
    };
}
