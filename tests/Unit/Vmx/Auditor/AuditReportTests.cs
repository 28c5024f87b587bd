// What the auditor says: stages and their consequences, texts, names of fields, the lines of the report.

using System;
using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

public sealed class AuditReportTests
{
    [Fact]
    public void EveryRuleHasItsOwnText()
    {
        string[] texts = [.. Enum.GetValues<AuditRule>()
            .Where(rule => rule != AuditRule.None)
            .Select(rule => Encoding.ASCII.GetString(Names.OfRule((uint)rule)))];
        Assert.DoesNotContain("?", texts);
        Assert.Equal(texts.Length, texts.Distinct().Count());
    }

    [Fact]
    public void FieldsAreCalledAsInTheirEnums()
    {
        Assert.Equal("GuestRip", Encoding.ASCII.GetString(Names.OfField(0x681E)));
        Assert.Equal("ExitReason", Encoding.ASCII.GetString(Names.OfField(0x4402)));
        Assert.Equal("?", Encoding.ASCII.GetString(Names.OfField(0x2046)));
    }

    [Theory]
    [InlineData(AuditRule.PinControlsMustBeOne, AuditStage.Controls)]
    [InlineData(AuditRule.DeactivateDualMonitor, AuditStage.Controls)]
    [InlineData(AuditRule.HostRipCanonical, AuditStage.HostState)]
    [InlineData(AuditRule.GuestCsType, AuditStage.GuestState)]
    [InlineData(AuditRule.GuestPdpteReserved, AuditStage.GuestState)]
    [InlineData(AuditRule.LinkPointerIsCurrent, AuditStage.GuestState)]
    [InlineData(AuditRule.EntryMsrValue, AuditStage.MsrLoading)]
    public void EveryRuleHasItsStage(object rule, object stage) =>
        Assert.Equal(stage, new AuditFinding((AuditRule)rule, default, 0, 0).Stage);

    [Fact]
    public void FindingsBeyondCapacityAreCounted()
    {
        AuditFindings findings = default;
        for (uint number = 0; number < 40; number++)
        {
            findings.Add(new AuditFinding(AuditRule.GuestPat, new AuditField(number), ~(ulong)number, number + 1));
        }

        Assert.Equal((40, AuditFindings.Capacity), (findings.Found, findings.Count));
        AuditFinding last = findings[31];
        Assert.Equal((AuditRule.GuestPat, 31u, ~31ul, 32u), (last.Rule, last.Field, last.Value, last.Entry));
    }

    [Fact]
    public void ReportNamesRuleFieldAndValue()
    {
        VmcsImage vmcs = GoodVmcs.Long64();
        vmcs[Vmcs32.GuestSsAccessRights] = 0xC09B;
        vmcs[Vmcs64.EntryMsrLoadAddress] = 0x8000;
        vmcs[Vmcs32.EntryMsrLoadCount] = 1;
        vmcs.Memory[0x8000] = 0xC000_0100;
        vmcs.Memory[0x8008] = 0;
        AuditFindings findings = AuditorTests.Audit(vmcs, ProcessorFacts.Everything());
        Host.Written(Output.Log).Clear();
        AuditReport.Write(findings);
        string[] lines = Encoding.ASCII.GetString([.. Host.Written(Output.Log)]).Split('\n');
        Assert.Equal(
            "audit: guest state: guest SS must be writable accessed data; GuestSsAccessRights (4818) = C09B", lines[0]);
        Assert.Equal(
            "audit: MSRs to load: an entry cannot load the base of FS or GS from its MSR area; "
                + "EntryMsrLoadAddress (200A) entry 1 = C0000100",
            lines[1]);
    }

    [Fact]
    public void ReportSaysHowManyWereDropped()
    {
        AuditFindings findings = default;
        for (int number = 0; number < AuditFindings.Capacity + 3; number++)
        {
            findings.Add(new AuditFinding(AuditRule.GuestPat, Vmcs64.GuestPat, 2, 0));
        }

        Host.Written(Output.Log).Clear();
        AuditReport.Write(findings);
        string text = Encoding.ASCII.GetString([.. Host.Written(Output.Log)]);
        Assert.EndsWith("audit: 3 more\n", text);
        Assert.Equal(AuditFindings.Capacity + 1, text.Count(letter => letter == '\n'));
    }
}
