// Which processors are refused, for what, and what `check` prints of each.

using System;
using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed class ExaminationTests
{
    [Fact]
    public void EveryPresetHasItsVerdict()
    {
        foreach (string name in Presets.All.Keys)
        {
            Refusal expected = name switch
            {
                nameof(Presets.Amd) => Refusal.NoSvm,
                nameof(Presets.SvmLockedOff) => Refusal.SvmLockedOff,
                nameof(Presets.NoNestedPaging) => Refusal.NoNestedPaging,
                nameof(Presets.LockedOff) => Refusal.LockedOff,
                nameof(Presets.NoSecondaryControls) => Refusal.NoSecondaryControls,
                nameof(Presets.NoEpt) => Refusal.NoEpt,
                nameof(Presets.NoUnrestrictedGuest) => Refusal.NoUnrestrictedGuest,
                nameof(Presets.NoMsrBitmaps) => Refusal.NoMsrBitmaps,
                _ => Refusal.None,
            };
            Cpu.Soft = Presets.All[name]();
            Refusal verdict = CpuFacts.Read().Verdict;
            Assert.True(expected == verdict, $"{name}: {verdict}");
        }
    }

    // What no preset lacks, taken away one by one.
    [Fact]
    public void EverythingNeededIsAskedFor()
    {
        Expect(Refusal.NoFourLevelWriteBackEpt, cpu => Clear(cpu, Msr.VmxEptVpidCap, 1ul << 6));
        Expect(Refusal.NoFourLevelWriteBackEpt, cpu => Clear(cpu, Msr.VmxEptVpidCap, 1ul << 14));
        Expect(Refusal.NoInvept, cpu => Clear(cpu, Msr.VmxEptVpidCap, 1ul << 20));
        Expect(Refusal.NoInvept, cpu => Clear(cpu, Msr.VmxEptVpidCap, 3ul << 25));
        Expect(Refusal.NoIoBitmaps, cpu => Clear(cpu, Msr.VmxTruePrimaryControls, 1ul << (32 + 25)));
        Expect(Refusal.No64BitHost, cpu => Clear(cpu, Msr.VmxTrueExitControls, 1ul << (32 + 9)));
        Expect(Refusal.NoEferSwitch, cpu => Clear(cpu, Msr.VmxTrueExitControls, 1ul << (32 + 20)));
        Expect(Refusal.NoEferSwitch, cpu => Clear(cpu, Msr.VmxTrueEntryControls, 1ul << (32 + 15)));
        Expect(Refusal.NoVmx, cpu =>
        {
            CpuidResult leaf = cpu.CpuidLeaves[(1, 0)];
            leaf.Ecx &= ~(1u << 5);
            cpu.CpuidLeaves[(1, 0)] = leaf;
        });
    }

    // Only a processor that says so may have code in large pages; it is asked only if the MSR exists.
    [Theory]
    [InlineData(false, 0x40UL, false)]
    [InlineData(true, 0x00UL, false)]
    [InlineData(true, 0xFFUL & ~0x40UL, false)]
    [InlineData(true, 0x40UL, true)]
    public void LargeCodeIsForThoseThatAllowIt(bool exists, ulong capabilities, bool allowed)
    {
        SoftProcessor processor = Presets.SkylakeX();
        if (exists)
        {
            processor.CpuidLeaves[(7, 0)] = processor.CpuidLeaves[(7, 0)] with { Edx = 1u << 29 };
            processor.Msrs[(uint)Msr.ArchCapabilities] = capabilities;
        }

        Cpu.Soft = processor;
        Assert.Equal(allowed, CpuFacts.Read().HasLargeCode);
    }

    [Fact]
    public void EveryRefusalHasASentence()
    {
        string[] sentences = Enum.GetValues<Refusal>().Where(refusal => refusal != Refusal.None)
            .Select(refusal => Encoding.UTF8.GetString(Names.OfRefusal((uint)refusal))).ToArray();
        Assert.All(sentences, sentence => Assert.True(sentence.Length > 20));
        Assert.Equal(sentences.Length, sentences.Distinct().Count());
        Assert.True(Names.OfRefusal((uint)Refusal.None).IsEmpty);
    }

    [Fact]
    public void TheTableOfTheProcessorWeMeasureOn()
    {
        string table = Table(Presets.SkylakeX());
        Assert.StartsWith("processor: GenuineIntel, family 6, model 55h, stepping ", table);
        Assert.Contains("\nfeature                         we      this processor\n", table);
        Assert.Contains("\nFEATURE_CONTROL                 need    unlocked (we lock it on)\n", table);
        Assert.Contains("\nVMCS revision                   -       2Bh, 4096 bytes\n", table);
        Assert.Contains("\n  INVEPT                        need    single context, all contexts\n", table);
        Assert.Contains("\npreemption timer                use     yes, one tick every 1 TSC ticks\n", table);
        Assert.Contains("\nVPID                            use     yes\n", table);
        Assert.Contains("\nmonitor trap flag               use     no\n", table);
        Assert.All(table.Split('\n'), line => Assert.True(line.Length <= 100));
    }

    [Theory]
    [InlineData(nameof(Presets.Amd), "processor: AuthenticAMD")]
    [InlineData(nameof(Presets.Amd), "\nSVM                             need    no\n")]
    [InlineData(nameof(Presets.SvmLockedOff), "\nVM_CR                           need    locked off\n")]
    [InlineData(nameof(Presets.Ryzen), "\nVM_CR                           need    open\n")]
    [InlineData(nameof(Presets.Ryzen), "\nASIDs                           use     32768\n")]
    [InlineData(nameof(Presets.Ryzen), "\nnext RIP on exit                use     yes\n")]
    [InlineData(nameof(Presets.PlainSvm), "\nnext RIP on exit                use     no\n")]
    [InlineData(nameof(Presets.PlainSvm), "\nflush by ASID                   use     no\n")]
    [InlineData(nameof(Presets.PlainSvm), "\nPAUSE filter                    use     no\n")]
    [InlineData(nameof(Presets.NoNestedPaging), "\nnested paging                   need    no\n")]
    [InlineData(nameof(Presets.LockedOff), "\nFEATURE_CONTROL                 need    locked off\n")]
    [InlineData(nameof(Presets.LockedOn), "\nFEATURE_CONTROL                 need    locked on\n")]
    [InlineData(nameof(Presets.NoEpt), "\nEPT                             need    no\n")]
    [InlineData(nameof(Presets.NoTrueControls), "\nTRUE controls                   use     no\n")]
    [InlineData(nameof(Presets.NoPreemptionTimer), "\npreemption timer                use     no\n")]
    [InlineData(nameof(Presets.SlowPreemptionTimer), "one tick every 32 TSC ticks\n")]
    [InlineData(nameof(Presets.NoInveptSingleContext), "\n  INVEPT                        need    all contexts\n")]
    [InlineData(nameof(Presets.NoVpid), "\nVPID                            use     no\n")]
    [InlineData(nameof(Presets.NoPages1G), "\n  1 GiB pages                   use     no\n")]
    [InlineData(nameof(Presets.NoAccessedDirty), "\n  accessed and dirty bits       use     no\n")]
    public void TheTableSaysWhatIsMissing(string preset, string text) =>
        Assert.Contains(text, Table(Presets.All[preset]()));

    // Errata name these by their signature; the next stepping is sound.
    [Theory]
    [InlineData(0x0001_06A5, true)]
    [InlineData(0x0002_0652, true)]
    [InlineData(0x0002_06E6, true)]
    [InlineData(0x0003_06A8, true)]
    [InlineData(0x0003_06A9, false)]
    [InlineData(0x0005_0654, false)]
    public void ATimerThatChangesItsRateIsNamed(uint signature, bool isNamed)
    {
        SoftProcessor processor = Presets.SkylakeX();
        processor.CpuidLeaves[(1, 0)] = processor.CpuidLeaves[(1, 0)] with { Eax = signature };
        Assert.Equal(isNamed, Table(processor).Contains(" TSC ticks; at times at another rate\n"));
    }

    private static string Table(SoftProcessor processor)
    {
        Cpu.Soft = processor;
        Host.Written(Output.Console).Clear();
        CpuFacts facts = CpuFacts.Read();
        FactsTable.Print(facts);
        return Encoding.UTF8.GetString(Host.Written(Output.Console).ToArray());
    }

    private static void Expect(Refusal expected, Action<SoftProcessor> change)
    {
        SoftProcessor processor = Presets.SkylakeX();
        change(processor);
        Cpu.Soft = processor;
        Assert.Equal(expected, CpuFacts.Read().Verdict);
    }

    private static void Clear(SoftProcessor processor, Msr msr, ulong bits) => processor.Msrs[(uint)msr] &= ~bits;
}
