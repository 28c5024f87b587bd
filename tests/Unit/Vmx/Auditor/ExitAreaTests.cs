// The MSR areas of an exit: an entry does not look into them, the audit of the areas does. SDM 3C 29.4 Saving MSRs,
// 29.6 Loading MSRs.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

public sealed class ExitAreaTests
{
    [Theory]
    [InlineData(AuditRule.ExitStoreMsrIsX2Apic, 0x80Bul, 0ul)]
    [InlineData(AuditRule.ExitStoreMsrNotReadable, 0x9Eul, 0ul)]
    [InlineData(AuditRule.ExitStoreMsrReserved, 0x1_0000_0010ul, 0ul)]
    [InlineData(AuditRule.ExitLoadMsrIsSegmentBase, 0xC000_0101ul, 0ul)]
    [InlineData(AuditRule.ExitLoadMsrIsX2Apic, 0x80Bul, 0ul)]
    [InlineData(AuditRule.ExitLoadMsrNotLoadable, 0x79ul, 0ul)]
    [InlineData(AuditRule.ExitLoadMsrReserved, 0x1_0000_0010ul, 0ul)]
    [InlineData(AuditRule.ExitLoadMsrValue, 0xC000_0082ul, 1ul << 47)]
    public void BrokenEntryIsFound(object rule, ulong key, ulong value)
    {
        bool store = (AuditRule)rule < AuditRule.ExitLoadMsrIsSegmentBase;
        VmcsImage vmcs = GoodVmcs.Long64();
        Vmcs64 address = store ? Vmcs64.ExitMsrStoreAddress : Vmcs64.ExitMsrLoadAddress;
        vmcs[address] = 0x9000;
        vmcs[store ? Vmcs32.ExitMsrStoreCount : Vmcs32.ExitMsrLoadCount] = 1;
        vmcs.Memory[0x9000] = key;
        vmcs.Memory[0x9008] = value;
        ProcessorFacts facts = ProcessorFacts.Everything();
        Assert.Equal(0, AuditorTests.Audit(vmcs, facts).Found);

        AuditFindings findings = AuditAreas(vmcs, facts);
        Assert.Equal(1, findings.Found);
        Assert.Equal((AuditRule)rule, findings[0].Rule);
        Assert.Equal(AuditStage.ExitMsrAreas, findings[0].Stage);
        Assert.Equal(((uint)address, key, 1u), (findings[0].Field, findings[0].Value, findings[0].Entry));
    }

    [Fact]
    public void GoodAreasHaveNoFinding()
    {
        VmcsImage vmcs = GoodVmcs.Long64();
        vmcs[Vmcs64.ExitMsrStoreAddress] = vmcs[Vmcs64.ExitMsrLoadAddress] = 0x9000;
        vmcs[Vmcs32.ExitMsrStoreCount] = vmcs[Vmcs32.ExitMsrLoadCount] = 2;
        vmcs.Memory[0x9000] = (ulong)Msr.Star;
        vmcs.Memory[0x9008] = 0x0013_0008_0000_0000;
        vmcs.Memory[0x9010] = (ulong)Msr.Pat;
        vmcs.Memory[0x9018] = 0x0007_0406_0007_0406;
        Assert.Equal(0, AuditAreas(vmcs, ProcessorFacts.Everything()).Found);
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

        Assert.Equal(512, AuditorTests.Audit(vmcs, ProcessorFacts.Everything()).Found);
    }

    private static AuditFindings AuditAreas(VmcsImage vmcs, ProcessorFacts facts)
    {
        AuditFindings findings = default;
        EntryAudit.RunExitAreas(new VmcsImageReader(vmcs), facts.Vmx, facts.Limits, ref findings);
        return findings;
    }
}
