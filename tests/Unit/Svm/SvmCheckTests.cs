// What the model of SVM refuses: a mode that VMRUN does not run in, and VMCBs with one thing wrong each.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Svm;

public sealed unsafe class SvmCheckTests
{
    private delegate void Change(Vmcb* vmcb);

    private const ulong LongMode = 0x8001_0031, Efer64 = 0x1500, Valid = 1ul << 31;

    // A VMCB that breaks this rule and no other.
    private static readonly (SvmRule Rule, string Field, Change Break)[] s_broken =
    [
        (SvmRule.SvmeIsClear, nameof(Vmcb.Efer), vmcb => vmcb->Efer = 0),
        (SvmRule.NotWriteThroughNeedsCacheDisable, nameof(Vmcb.Cr0), vmcb => vmcb->Cr0 |= 1ul << 29),
        (SvmRule.Cr0Upper, nameof(Vmcb.Cr0), vmcb => vmcb->Cr0 |= 1ul << 32),
        (SvmRule.Cr3Width, nameof(Vmcb.Cr3),
            vmcb => (vmcb->Cr0, vmcb->Cr4, vmcb->Efer, vmcb->Cr3) = (LongMode, 0x20, Efer64, 1ul << 52)),
        (SvmRule.Cr4Reserved, nameof(Vmcb.Cr4), vmcb => vmcb->Cr4 = 1ul << 13),
        (SvmRule.Cr4Reserved, nameof(Vmcb.Cr4), vmcb => vmcb->Cr4 = 1ul << 32),
        (SvmRule.Dr6Upper, nameof(Vmcb.Dr6), vmcb => vmcb->Dr6 = 1ul << 32),
        (SvmRule.Dr7Upper, nameof(Vmcb.Dr7), vmcb => vmcb->Dr7 = 1ul << 63),
        (SvmRule.EferReserved, nameof(Vmcb.Efer), vmcb => vmcb->Efer |= 2),
        (SvmRule.LongModeNeedsPae, nameof(Vmcb.Cr4), vmcb => (vmcb->Cr0, vmcb->Efer) = (LongMode, Efer64)),
        (SvmRule.LongModeNeedsProtection, nameof(Vmcb.Cr0),
            vmcb => (vmcb->Cr0, vmcb->Cr4, vmcb->Efer) = (LongMode & ~1ul, 0x20, Efer64)),
        (SvmRule.LongAndBig, nameof(Vmcb.Cs), vmcb =>
        {
            (vmcb->Cr0, vmcb->Cr4, vmcb->Efer) = (LongMode, 0x20, Efer64);
            vmcb->Cs.Attributes = 0x69B;
        }),
        (SvmRule.VmrunNotIntercepted, nameof(Vmcb.Instructions), vmcb => vmcb->Instructions = 0),
        (SvmRule.PortMapAddress, nameof(Vmcb.PortMap), vmcb => vmcb->PortMap = new Hpa((1ul << 48) - 0x2000)),
        (SvmRule.MsrMapAddress, nameof(Vmcb.MsrMap), vmcb => vmcb->MsrMap = new Hpa((1ul << 48) - 0x1000)),
        (SvmRule.InjectionType, nameof(Vmcb.Injection), vmcb => vmcb->Injection = Valid | 0x120),
        (SvmRule.InjectionType, nameof(Vmcb.Injection), vmcb => vmcb->Injection = Valid | 0x501),
        (SvmRule.InjectionVector, nameof(Vmcb.Injection), vmcb => vmcb->Injection = Valid | 0x302),
        (SvmRule.InjectionVector, nameof(Vmcb.Injection), vmcb => vmcb->Injection = Valid | 0x320),
        (SvmRule.AsidIsZero, nameof(Vmcb.Asid), vmcb => vmcb->Asid = 0),
        (SvmRule.AsidTooHigh, nameof(Vmcb.Asid), vmcb => vmcb->Asid = 0x8000),
        (SvmRule.Pat, nameof(Vmcb.Pat), vmcb => vmcb->Pat = 2),
        (SvmRule.NestedRoot, nameof(Vmcb.NestedRoot), vmcb => vmcb->NestedRoot = new Hpa(1ul << 50)),
        (SvmRule.NestedRoot, nameof(Vmcb.NestedRoot), vmcb => vmcb->NestedRoot += 8),
    ];

    // What the model refuses beyond the manual.
    private static readonly (string Refusal, Change Break)[] s_strict =
    [
        ("LMA", vmcb => (vmcb->Cr0, vmcb->Cr4, vmcb->Efer) = (LongMode, 0x20, 0x1100)),
        ("real mode", vmcb => vmcb->Injection = Valid | 0xB0D),
        ("error code of", vmcb => (vmcb->Cr0, vmcb->Injection) = (0x11, Valid | 0x30D)),
        ("with an error code", vmcb => vmcb->Injection = Valid | 0x820),
        ("reserved bits", vmcb => vmcb->Injection = Valid | 0x1020),
    ];

    public static TheoryData<int, string> Broken => Numbered(s_broken.Select(row => $"{row.Rule}"));

    public static TheoryData<int, string> Strict => Numbered(s_strict.Select(row => row.Refusal));

    [Theory]
    [MemberData(nameof(Broken))]
    public void BrokenRuleIsTheOnlyFinding(int index, string name)
    {
        using var machine = new SvmMachine();
        s_broken[index].Break(machine.Vmcb);
        SvmAudit audit = new(machine.Vmcb, SvmCapabilities.Read(), RegisterLimits.Read());
        SvmRule rule = SvmRule.None;
        Assert.True(audit.TryNext(ref rule, out SvmPlace place), name);
        Assert.Equal(s_broken[index].Rule, rule);
        Assert.Equal(s_broken[index].Field, Text(Names.OfField(place.Number)));
        Assert.False(audit.TryNext(ref rule, out _), $"{rule}");
        machine.Run();
        Assert.Equal(ExitCode.Invalid, machine.Vmcb->ExitCode);
        Assert.Contains(Text(Names.OfRule((uint)s_broken[index].Rule)), machine.Processor.Svm.Refusal);
        Assert.Equal(0, machine.Processor.Svm.Entries);
    }

    [Theory]
    [MemberData(nameof(Strict))]
    public void TheModelIsStricter(int index, string refusal)
    {
        using var machine = new SvmMachine();
        s_strict[index].Break(machine.Vmcb);
        machine.Run();
        Assert.Equal(ExitCode.Invalid, machine.Vmcb->ExitCode);
        Assert.Contains(refusal, machine.Processor.Svm.Refusal);
    }

    [Fact]
    public void NestedPagingIsForProcessorsThatHaveIt()
    {
        using var machine = new SvmMachine(Presets.NoNestedPaging());
        machine.Run();
        Assert.Contains(Text(Names.OfRule((uint)SvmRule.NoNestedPaging)), machine.Processor.Svm.Refusal);
    }

    [Fact]
    public void EveryRuleIsBrokenBySomeRow() => Assert.Equal(
        [SvmRule.None, SvmRule.NoNestedPaging],
        Enum.GetValues<SvmRule>().Except(s_broken.Select(row => row.Rule)));

    // The report: rule, field with its place, value.
    [Fact]
    public void TheReportNamesRuleFieldAndValue()
    {
        using var scene = new SvmScene();
        scene.Svm.Entering = () => (scene.Vmcb->Asid, scene.Vmcb->Cr0) = (0, 0x2000_0010);
        scene.Play(GuestEnd.EntryFailed);
        Assert.Contains("VMRUN: the processor refuses this VMCB, VMEXIT_INVALID\n"
            + "  that means: the first audit line below names the broken rule\n  way out: a defect of the hypervisor: "
            + "please report the lines below with the version\n"
            + "audit: VMRUN: CR0.NW needs CR0.CD; Cr0 (0558) = 20000010\n"
            + "audit: VMRUN: ASID 0 belongs to the host; Asid (0058) = 0\n", scene.Core.Log);
    }

    [Fact]
    public void TheGoodOneIsEntered()
    {
        using var machine = new SvmMachine();
        machine.Processor.Guest.Then(SvmExits.Vmmcall());
        machine.Run();
        Assert.Null(machine.Processor.Svm.Refusal);
        Assert.Equal((ExitCode.Vmmcall, 3ul), (machine.Vmcb->ExitCode, machine.Vmcb->NextRip));
    }

    [Fact]
    public void TheModeIsAskedFor()
    {
        using var machine = new SvmMachine();
        SoftProcessor cpu = machine.Processor;
        cpu.Svm.SetGlobalInterrupts(true);
        Assert.Contains("global interrupt flag", machine.Refused());
        cpu.Svm.SetGlobalInterrupts(false);
        cpu.WriteMsr((uint)SvmMsr.HostSavePage, 0);
        Assert.Contains("host save area", machine.Refused());
        cpu.WriteMsr((uint)Msr.Efer, cpu.ReadMsr((uint)Msr.Efer) & ~SvmMsr.EferEnable);
        Assert.Contains("EFER.SVME", machine.Refused());
    }

    [Fact]
    public void FirmwaresLockHolds()
    {
        SoftProcessor cpu = Cpu.Soft = Presets.SvmLockedOff();
        Assert.False(cpu.TryWriteMsr((uint)SvmMsr.VmCr, 0));
        Assert.False(cpu.TryWriteMsr((uint)Msr.Efer, cpu.ReadMsr((uint)Msr.Efer) | SvmMsr.EferEnable));
        cpu = Cpu.Soft = Presets.Ryzen();
        cpu.WriteMsr((uint)SvmMsr.VmCr, SvmMsr.VmCrDisabled);
        Assert.False(cpu.TryWriteMsr((uint)Msr.Efer, cpu.ReadMsr((uint)Msr.Efer) | SvmMsr.EferEnable));
        Assert.False(cpu.TryWriteMsr((uint)SvmMsr.HostSavePage, 0x1234));
    }

    // Firmware that has left SVM off without locking it.
    [Fact]
    public void SvmThatIsOffAndOpenIsTurnedOn()
    {
        SoftProcessor cpu = Presets.Ryzen();
        cpu.Msrs[(uint)SvmMsr.VmCr] = SvmMsr.VmCrDisabled;
        Cpu.Soft = cpu;
        Assert.Equal(Refusal.None, CpuFacts.Read().Verdict);
        SvmOperation.TurnOn(cpu.Memory.Allocate(1));
        Assert.True(cpu.Svm.IsOn);
        SvmOperation.TurnOff();
        Assert.False(cpu.Svm.IsOn);
    }

    // Entries that are the host's, reserved ones and those that are not there: the fault says which it was.
    [Theory]
    [InlineData(0x0ul, 0x1_0000_0006ul)]
    [InlineData(0x3ul, 0x1_0000_0007ul)]
    [InlineData(0x5ul, 0x1_0000_0007ul)]
    [InlineData((1ul << 50) | 7, 0x1_0000_000Ful)]
    public void NestedFaultsSayWhy(ulong entry, ulong told)
    {
        using var machine = new SvmMachine();
        *(ulong*)machine.Vmcb->NestedRoot.Pointer = entry;
        machine.Processor.Guest.Then(guest => guest.Write8(new Gpa(0x1234), 1));
        if ((entry & 7) is 3 or 5)
        {
            Fill(machine, entry & 7);
        }

        machine.Run();
        Assert.Equal(ExitCode.NestedPageFault, machine.Vmcb->ExitCode);
        Assert.Equal((told, 0x1234ul), (machine.Vmcb->Info1, machine.Vmcb->Info2));
    }

    // With these rights from the root on.
    private static void Fill(SvmMachine machine, ulong rights)
    {
        ulong table = machine.Vmcb->NestedRoot.Value;
        for (int level = 0; level < 3; level++)
        {
            ulong next = machine.Processor.Memory.AllocateZeroed(1).Value;
            *(ulong*)table = next | rights;
            table = next;
        }

        *((ulong*)table + 1) = machine.Processor.Memory.AllocateZeroed(1).Value | rights;
    }

    private static TheoryData<int, string> Numbered(IEnumerable<string> names)
    {
        var rows = new TheoryData<int, string>();
        foreach (string name in names)
        {
            rows.Add(rows.Count, name);
        }

        return rows;
    }

    private static string Text(ReadOnlySpan<byte> text) => Encoding.ASCII.GetString(text);
}
