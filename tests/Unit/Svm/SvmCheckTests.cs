// What the model of SVM refuses: a mode that VMRUN does not run in, and VMCBs with one thing wrong each.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Svm;

public sealed unsafe class SvmCheckTests
{
    private delegate void Change(Vmcb* vmcb);

    private const ulong LongMode = 0x8001_0031, Efer64 = 0x1500, Valid = 1ul << 31;

    private static readonly (string What, Change Break, string Refusal)[] s_broken =
    [
        ("EFER.SVME", vmcb => vmcb->Efer = 0, "SVME"),
        ("EFER", vmcb => vmcb->Efer |= 2, "EFER has reserved"),
        ("NW", vmcb => vmcb->Cr0 |= 1ul << 29, "NW without CD"),
        ("CR0", vmcb => vmcb->Cr0 |= 1ul << 32, "CR0 has upper"),
        ("CR4", vmcb => vmcb->Cr4 = 1ul << 13, "CR4 has reserved"),
        ("DR6", vmcb => vmcb->Dr6 = 1ul << 32, "DR6"),
        ("DR7", vmcb => vmcb->Dr7 = 1ul << 32, "DR7"),
        ("no PAE", vmcb => (vmcb->Cr0, vmcb->Efer) = (LongMode, Efer64), "without CR4.PAE"),
        ("no PE", vmcb => (vmcb->Cr0, vmcb->Cr4, vmcb->Efer) = (LongMode & ~1ul, 0x20, Efer64), "without PE"),
        ("LMA", vmcb => (vmcb->Cr0, vmcb->Cr4, vmcb->Efer) = (LongMode, 0x20, 0x1100), "LMA"),
        ("L and D", vmcb =>
        {
            (vmcb->Cr0, vmcb->Cr4, vmcb->Efer) = (LongMode, 0x20, Efer64);
            vmcb->Cs.Attributes = 0x69B;
        }, "CS.L and CS.D"),
        ("CR3", vmcb => (vmcb->Cr0, vmcb->Cr4, vmcb->Efer, vmcb->Cr3) = (LongMode, 0x20, Efer64, 1ul << 52), "CR3"),
        ("VMRUN", vmcb => vmcb->Instructions = 0, "VMRUN is not intercepted"),
        ("ASID 0", vmcb => vmcb->Asid = 0, "ASID 0"),
        ("last ASID", vmcb => vmcb->Asid = 0x8000, "ASID 32768"),
        ("port map", vmcb => vmcb->PortMap = new Hpa((1ul << 48) - 0x2000), "port map"),
        ("MSR map", vmcb => vmcb->MsrMap = new Hpa((1ul << 48) - 0x1000), "MSR map"),
        ("nested CR3", vmcb => vmcb->NestedRoot = new Hpa(1ul << 50), "nested CR3"),
        ("PAT", vmcb => vmcb->Pat = 2, "PAT"),
        ("type 1", vmcb => vmcb->Injection = Valid | 0x120, "reserved type 1"),
        ("type 5", vmcb => vmcb->Injection = Valid | 0x501, "reserved type 5"),
        ("NMI as an exception", vmcb => vmcb->Injection = Valid | 0x302, "exception 2"),
        ("exception 32", vmcb => vmcb->Injection = Valid | 0x320, "exception 32"),
        ("error code in real mode", vmcb => vmcb->Injection = Valid | 0xB0D, "real mode"),
        ("no error code", vmcb => (vmcb->Cr0, vmcb->Injection) = (0x11, Valid | 0x30D), "error code of"),
        ("an interrupt's error code", vmcb => vmcb->Injection = Valid | 0x820, "with an error code"),
    ];

    public static IEnumerable<object[]> Broken => s_broken.Select((row, index) => new object[] { index, row.What });

    [Theory]
    [MemberData(nameof(Broken))]
    public void IsRefused(int index, string what)
    {
        using var machine = new SvmMachine();
        s_broken[index].Break(machine.Vmcb);
        machine.Run();
        Assert.Equal(ExitCode.Invalid, machine.Vmcb->ExitCode);
        Assert.True(machine.Processor.Svm.Refusal.Contains(s_broken[index].Refusal, StringComparison.Ordinal), what);
        Assert.Equal(0, machine.Processor.Svm.Entries);
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
}
