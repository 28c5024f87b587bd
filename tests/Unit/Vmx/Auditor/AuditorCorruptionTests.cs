// Good VMCSs with random damage: whatever stands in a VMCS, the audit ends, and what it says can be printed.

using System;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

public sealed class AuditorCorruptionTests
{
    private const int Seed = 20261;

    private static readonly uint[] s_fields =
    [
        .. new[] { typeof(Vmcs16), typeof(Vmcs64), typeof(Vmcs32), typeof(VmcsNatural) }
            .SelectMany(table => Enum.GetValues(table).Cast<object>())
            .Select(Convert.ToUInt32),
    ];

    private static readonly string[] s_kinds =
    [
        nameof(GoodVmcs.RealMode), nameof(GoodVmcs.Protected32), nameof(GoodVmcs.Pae32), nameof(GoodVmcs.Long64),
        nameof(GoodVmcs.Virtual8086),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    public void AuditSurvivesDamage(int fields)
    {
        var random = new Random(Seed + fields);
        int found = 0;
        for (int round = 0; round < 5000; round++)
        {
            VmcsImage vmcs = AuditorTests.Good(s_kinds[random.Next(s_kinds.Length)]);
            ProcessorFacts facts = random.Next(2) == 0 ? ProcessorFacts.Everything() : ProcessorFacts.Emulated();
            for (int number = 0; number < fields; number++)
            {
                Damage(vmcs, random);
            }

            AuditFindings findings = AuditorTests.Audit(vmcs, facts);
            found += findings.Found != 0 ? 1 : 0;
            CheckFindings(findings, $"seed {Seed + fields}, round {round}");
        }

        Assert.True(found > 500, $"{found} of 5000");
    }

    // One bit of a field, or all of them.
    private static void Damage(VmcsImage vmcs, Random random)
    {
        uint field = s_fields[random.Next(s_fields.Length)];
        ulong mask = new VmcsEncoding(field).Width switch
        {
            VmcsFieldWidth.Bits16 => 0xFFFF,
            VmcsFieldWidth.Bits32 => 0xFFFF_FFFF,
            _ => ulong.MaxValue,
        };
        ulong damage = random.Next(2) == 0 ? 1ul << random.Next(64) : (ulong)random.NextInt64() * 3;
        vmcs[field] = (vmcs[field] ^ damage) & mask;
    }

    private static void CheckFindings(AuditFindings findings, string where)
    {
        AuditStage stage = AuditStage.Controls;
        foreach (AuditFinding finding in AuditorTests.All(findings))
        {
            Assert.True(finding.Stage >= stage, where);
            Assert.False(Names.OfRule((uint)finding.Rule).SequenceEqual("?"u8), where);
            Assert.False(Names.OfField(finding.Field).SequenceEqual("?"u8), where);
            stage = finding.Stage;
        }
    }
}
