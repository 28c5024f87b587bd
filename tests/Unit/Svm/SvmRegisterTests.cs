// Registers that the hypervisor minds on SVM, calls of both makes, and what VMLOAD and VMSAVE move.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Svm;

public sealed unsafe class SvmRegisterTests
{
    private const string Plain = nameof(Presets.PlainSvm), Ryzen = nameof(Presets.Ryzen);
    private const uint EferMsr = (uint)Msr.Efer;
    private const ulong UnknownCall = unchecked((ulong)-1000);

    [Fact]
    public void RealModeMayBeginWithABaseOfCode()
    {
        using var scene = new SvmScene();
        scene.Core.Config->Start.CodeBase = 0x2000;
        scene.Play(_ =>
        {
            Assert.Equal((0x2000ul, (ushort)0x200), (scene.Vmcb->Cs.Base, scene.Vmcb->Cs.Selector));
            Assert.Equal((0ul, (ushort)0), (scene.Vmcb->Ds.Base, scene.Vmcb->Ds.Selector));
        });
    }

    [Theory]
    [InlineData(Ryzen)]
    [InlineData(Plain)]
    public void SvmIsHidden(string preset)
    {
        using var scene = new SvmScene(preset);
        scene.Play(guest =>
        {
            Assert.Equal(0ul, guest.Rdmsr(EferMsr));
            guest.Faults(ExceptionVector.GeneralProtection, () => guest.Wrmsr(EferMsr, SvmMsr.EferEnable));
            guest.Wrmsr(EferMsr, (ulong)(Efer.LongModeEnable | Efer.ExecuteDisableEnable));
            Assert.Equal((ulong)(Efer.LongModeEnable | Efer.ExecuteDisableEnable), guest.Rdmsr(EferMsr));
            guest.Cpuid(0x8000_0001);
            Assert.Equal(0ul, guest.Registers.Rcx & 4);
            guest.Cpuid(0x8000_000A);
            Assert.Equal(0ul, guest.Registers.Rdx);
            guest.Faults(ExceptionVector.GeneralProtection, () => guest.Rdmsr((uint)SvmMsr.VmCr));
            guest.Faults(ExceptionVector.GeneralProtection, () => guest.Wrmsr((uint)SvmMsr.HostSavePage, 0x1000));
            for (ulong code = 0x80; code <= 0x86; code += code == 0x80 ? 2u : 1)
            {
                guest.Faults(ExceptionVector.InvalidOpcode, () => guest.Svm(code));
            }
        });
    }

    // VMCALL and VMMCALL, from code that does not ask whose processor it runs on.
    [Theory]
    [InlineData(Ryzen)]
    [InlineData(Plain)]
    public void BothCallsAreAnswered(string preset)
    {
        using var scene = new SvmScene(preset);
        scene.Play(guest =>
        {
            guest.Vmmcall();
            Assert.Equal(UnknownCall, guest.Registers.Rax);
            guest.Registers.Rax = 0;
            guest.Vmcall();
            Assert.Equal(UnknownCall, guest.Registers.Rax);
        });
    }

    // Nobody has a local APIC that is on. The short path leaves such a call to the long one.
    [Theory]
    [InlineData(Ryzen)]
    [InlineData(Plain)]
    public void KvmsCallIsKnown(string preset)
    {
        using var scene = new SvmScene(preset, isProtected: true);
        scene.Core.Config->Flags |= VmFeatures.Pc;
        scene.Play(guest =>
        {
            scene.Vm->Board.Hypervisor = HypervisorKind.Kvm;
            guest.Registers.Rax = 10;
            guest.Vmmcall();
            Assert.Equal(0ul, guest.Registers.Rax);
        });
    }

    [Theory]
    [InlineData(Ryzen)]
    [InlineData(Plain)]
    public void ControlRegistersAreTheGuestsOwn(string preset)
    {
        using var scene = new SvmScene(preset);
        scene.Play(guest =>
        {
            guest.MovToCr4((ulong)Cr4.PhysicalAddressExtension, 3);
            Assert.Equal((ulong)Cr4.PhysicalAddressExtension, guest.MovFromCr4());
            guest.Faults(ExceptionVector.GeneralProtection, () => guest.MovToCr4((ulong)Cr4.VmxEnable));
            guest.MovToCr8(7, 2);
            Assert.Equal(7ul, guest.MovFromCr8(3));
            guest.Faults(ExceptionVector.GeneralProtection, () => guest.MovToCr8(16));
            guest.MovToCr0(guest.MovFromCr0() | (ulong)Cr0.WriteProtect);
            Assert.NotEqual(0ul, guest.MovFromCr0() & (ulong)Cr0.WriteProtect);
        });
    }

    // Without MCE a machine check would reset the machine.
    [Theory]
    [InlineData(Ryzen)]
    [InlineData(Plain)]
    public void MachineChecksStayOnAndTheGuestReadsWhatItWrote(string preset)
    {
        using var scene = new SvmScene(preset);
        scene.Play(guest =>
        {
            foreach (Cr4 value in (Cr4[])[0, Cr4.MachineCheckEnable, Cr4.PageGlobalEnable])
            {
                guest.MovToCr4((ulong)value);
                Assert.Equal((ulong)value, guest.MovFromCr4());
                Assert.NotEqual(0ul, Cpu.Soft.Cr4 & (ulong)Cr4.MachineCheckEnable);
            }
        });
    }

    // Under nested paging the processor reads the four entries of PAE with every walk. It has taken one that is marked
    // as accessed, as some do.
    [Theory]
    [InlineData(Ryzen)]
    [InlineData(Plain)]
    public void TablesOfPaeAreTheProcessorsMatter(string preset)
    {
        using var scene = new SvmScene(preset, isProtected: true);
        scene.Play(guest =>
        {
            guest.Write64(new Gpa(0x6000), 0x7021);
            guest.Write64(new Gpa(0x7000), 0x83);
            guest.MovToCr3(0x6000);
            guest.MovToCr4((ulong)Cr4.PhysicalAddressExtension);
            guest.MovToCr0(guest.MovFromCr0() | (ulong)Cr0.Paging);
            ulong both = (ulong)(Cr4.PhysicalAddressExtension | Cr4.PageGlobalEnable);
            guest.MovToCr4(both);
            Assert.Equal(both, guest.MovFromCr4());
        });
    }

    [Fact]
    public void Xcr0IsSetForTheGuest()
    {
        using var scene = new SvmScene();
        scene.Play(guest =>
        {
            guest.MovToCr4((ulong)Cr4.OsXsave);
            guest.Xsetbv(0, 7);
            Assert.Equal(7ul, Cpu.Soft.Xcr0);
            guest.Faults(ExceptionVector.GeneralProtection, () => guest.Xsetbv(0, 6));
        });
    }

    // What is in the processor while the guest runs is in the VMCB when the run loop has it.
    [Fact]
    public void TheVmcbHasThem()
    {
        using var scene = new SvmScene();
        scene.Play(guest =>
        {
            guest.Wrmsr((uint)Msr.FsBase, 0x1_2345);
            guest.Wrmsr((uint)Msr.KernelGsBase, 0x5_4321);
            guest.Wrmsr((uint)Msr.Lstar, 0x7777);
            guest.Wrmsr((uint)Msr.SysenterEip, 0x8888);
            guest.Vmcs[VmcsNatural.GuestRsp] = 0x9ABC;
            guest.Wbinvd();
            Assert.Equal(0x1_2345ul, scene.Vmcb->Fs.Base);
            Assert.Equal((0x5_4321ul, 0x7777ul), (scene.Vmcb->KernelGsBase, scene.Vmcb->Lstar));
            Assert.Equal((0x8888ul, 0x9ABCul), (scene.Vmcb->SysenterEip, scene.Vmcb->Rsp));
            Assert.Equal((0ul, TlbControl.Nothing), (scene.Vmcb->Injection, scene.Vmcb->TlbControl));
        });
    }
}
