// The auditor over good and broken VMCSs: a good one has no finding, and each rule is the first finding of a VMCS
// that breaks it.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

public sealed class AuditorTests
{
    private static readonly AuditRow[] s_rows =
    [
        .. ExecutionRows.All, .. ApicRows.All, .. EptRows.All, .. ExitEntryRows.All, .. HostRows.All,
        .. GuestRegisterRows.All, .. GuestSegmentRows.All, .. GuestStateRows.All,
    ];

    private static readonly AuditRow[] s_second = [.. HostRows.Second, .. GuestStateRows.Second];

    public static TheoryData<int, string> Rows => Numbered(s_rows);

    public static TheoryData<int, string> SecondRows => Numbered(s_second);

    [Theory]
    [InlineData(nameof(GoodVmcs.RealMode))]
    [InlineData(nameof(GoodVmcs.Protected32))]
    [InlineData(nameof(GoodVmcs.Pae32))]
    [InlineData(nameof(GoodVmcs.Long64))]
    [InlineData(nameof(GoodVmcs.Virtual8086))]
    public void GoodVmcsHasNoFinding(string kind)
    {
        foreach (ProcessorFacts facts in new[] { ProcessorFacts.Everything(), ProcessorFacts.Emulated() })
        {
            Assert.Equal(0, Audit(Good(kind), facts).Found);
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void BrokenRuleIsTheFirstFinding(int row, string name)
    {
        AuditRow broken = s_rows[row];
        (VmcsImage vmcs, AuditFindings findings) = Break(broken);
        Assert.True(findings.Count > 0, name);
        AuditFinding first = findings[0];
        Assert.Equal(broken.Rule, first.Rule);
        Assert.Equal(Convert.ToUInt32(broken.Field), first.Field);
        if (first.Entry == 0)
        {
            Assert.Equal(vmcs[first.Field], first.Value);
        }
    }

    [Theory]
    [MemberData(nameof(SecondRows))]
    public void BrokenRuleIsAmongTheFindings(int row, string name)
    {
        AuditRow broken = s_second[row];
        (_, AuditFindings findings) = Break(broken);
        Assert.True(All(findings).Any(finding => finding.Rule == broken.Rule), name);
    }

    [Fact]
    public void EveryRuleIsBrokenBySomeRow()
    {
        IEnumerable<AuditRule> broken = s_rows.Concat(s_second).Select(row => row.Rule);
        IEnumerable<AuditRule> rules = Enum.GetValues<AuditRule>()
            .Where(rule => rule != AuditRule.None);
        Assert.Empty(rules.Except(broken));
    }

    // A rule that never holds would hide behind a first finding: with the one thing repaired, nothing is left.
    [Fact]
    public void MostRowsBreakOneRuleOnly()
    {
        int alone = s_rows.Count(row => Break(row).Findings.Found == 1);
        Assert.True(alone > s_rows.Length * 8 / 10, $"{alone} of {s_rows.Length}");
    }

    [Fact]
    public void NothingOfWhatIsNotUsedIsChecked()
    {
        VmcsImage vmcs = GoodVmcs.Long64();
        vmcs[Vmcs64.ApicAccessAddress] = 1;
        vmcs[Vmcs64.VirtualApicAddress] = 1;
        vmcs[Vmcs64.TertiaryControls] = ulong.MaxValue;
        vmcs[Vmcs64.EntryMsrLoadAddress] = 1;
        vmcs[Vmcs64.GuestBndCfgs] = ulong.MaxValue >> 1;
        vmcs[Vmcs64.GuestPdpte0] = ulong.MaxValue;
        vmcs[Vmcs32.GuestDsAccessRights] = 0xFFFF_FFFF;
        vmcs[Vmcs32.EntryInterruptionInformation] = 0x7FFF_FFFF;
        vmcs[VmcsNatural.GuestLdtrBase] = 1ul << 47;
        Assert.Equal(0, Audit(vmcs, ProcessorFacts.Everything()).Found);
        vmcs[Vmcs32.PrimaryControls] &= ~(uint)PrimaryControls.ActivateSecondaryControls;
        vmcs[Vmcs32.SecondaryControls] = 0xFFFF_FFFF;
        Assert.Equal(0, Audit(vmcs, ProcessorFacts.Everything()).Found);
    }

    [Fact]
    public void ForgivenWhereTheProcessorAllows()
    {
        ProcessorFacts facts = ProcessorFacts.Everything();
        facts.Limits.HasSgx = facts.Limits.HasRtm = facts.Limits.HasBusLockDetect = true;
        facts.Limits.HasLinearAddressMasking = true;
        VmcsImage vmcs = GoodVmcs.Long64();
        vmcs[VmcsNatural.GuestCr3] = (3ul << 61) | 0x1000;
        vmcs[Vmcs32.GuestInterruptibilityState] = InterruptibilityState.EnclaveInterruption;
        vmcs[VmcsNatural.GuestPendingDebugExceptions] = 0x1_1000;
        Assert.Equal(0, Audit(vmcs, facts).Found);
        vmcs[VmcsNatural.GuestPendingDebugExceptions] = PendingDebugExceptions.BusLock;
        Assert.Equal(0, Audit(vmcs, facts).Found);
    }

    // A count of billions must not be walked.
    [Fact]
    public void AbsurdCountIsCutShort()
    {
        VmcsImage vmcs = GoodVmcs.Long64();
        vmcs[Vmcs64.EntryMsrLoadAddress] = 0;
        vmcs[Vmcs32.EntryMsrLoadCount] = 0xFFFF_FFFF;
        for (ulong entry = 0; entry < 2000; entry++)
        {
            vmcs.Memory[entry * 16] = 0x808;
            vmcs.Memory[(entry * 16) + 8] = 0;
        }

        Assert.Equal(512, Audit(vmcs, ProcessorFacts.Everything()).Found);
    }

    internal static AuditFindings Audit(VmcsImage vmcs, ProcessorFacts facts)
    {
        AuditFindings findings = default;
        new EntryAudit<VmcsImageReader>(new VmcsImageReader(vmcs), facts.Vmx, facts.Limits, ref findings).Check();
        return findings;
    }

    internal static AuditFinding[] All(AuditFindings findings)
    {
        var all = new AuditFinding[findings.Count];
        for (int index = 0; index < all.Length; index++)
        {
            all[index] = findings[index];
        }

        return all;
    }

    internal static VmcsImage Good(string kind) => kind switch
    {
        nameof(GoodVmcs.RealMode) => GoodVmcs.RealMode(),
        nameof(GoodVmcs.Protected32) => GoodVmcs.Protected32(),
        nameof(GoodVmcs.Pae32) => GoodVmcs.Pae32(),
        nameof(GoodVmcs.Long64) => GoodVmcs.Long64(),
        _ => GoodVmcs.Virtual8086(),
    };

    private static (VmcsImage Vmcs, AuditFindings Findings) Break(AuditRow row)
    {
        VmcsImage vmcs = row.Good();
        ProcessorFacts facts = ProcessorFacts.Everything();
        row.Break(vmcs, facts);
        return (vmcs, Audit(vmcs, facts));
    }

    private static TheoryData<int, string> Numbered(AuditRow[] rows)
    {
        var data = new TheoryData<int, string>();
        for (int row = 0; row < rows.Length; row++)
        {
            data.Add(row, rows[row].Name);
        }

        return data;
    }
}
