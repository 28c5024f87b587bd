// SVM: VMRUN and what stands around it in the world switch (efi/Stubs/SvmSwitch.cs), and the global interrupt flag.
// What the mode demands, throws; what a VMCB gets wrong, is the exit that says so. AMD APM 2 15.4 Enabling SVM, 15.5
// VMRUN Instruction, 15.17 Global Interrupt Flag. The guest is a script, which sees the VMCB as a VMCS:
// SoftSvm.State.cs.

using System;
using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed unsafe partial class SoftSvm
{
    private const int VmcbBytes = 4096;

    private readonly SoftProcessor _cpu;
    private readonly SvmCleanBits _clean = new();

    private Vmcb _control;
    private bool _isGlobalOn = true;

    public SoftSvm(SoftProcessor cpu)
    {
        _cpu = cpu;
        Npt = new SoftNpt(cpu);
    }

    public SoftNpt Npt { get; }

    // A guest of SVM's runs.
    public bool IsRunning { get; private set; }

    // Why the last entry was refused; null after one that went well.
    public string Refusal { get; private set; }

    // Entries that the guest got to see, and flushes of the TLB.
    public int Entries { get; private set; }

    public int Flushes { get; private set; }

    // For tests that change a VMCB when the hypervisor has written it: once, before the next entry.
    public Action Entering { get; set; }

    // Physical interrupts never exit, as where an emulator finds no time to look for them.
    public bool LeavesInterrupts { get; set; }

    public bool IsOn => _cpu.Msrs.TryGetValue((uint)Msr.Efer, out ulong efer) && (efer & SvmMsr.EferEnable) != 0;

    // EFER of the host, which gets it back when the guest exits.
    public ulong HostEfer { get; private set; }

    public uint Asid => _control.Asid;

    public Hpa NestedRoot => _control.NestedRoot;

    public bool HasNextRip => HasFeature(SvmFeatures.NextRip);

    public void SetGlobalInterrupts(bool isOn)
    {
        Require(IsOn, "#UD: STGI or CLGI with EFER.SVME clear");
        _isGlobalOn = isOn;
    }

    public uint TakeInterrupt()
    {
        Require(IsOn && !_isGlobalOn, "an interrupt is taken with the global interrupt flag set");
        return _cpu.Apic.Acknowledge();
    }

    public uint WaitForInterrupt()
    {
        ulong wait = _cpu.Apic.Remaining;
        Require(wait != ulong.MaxValue, "the processor waits for an interrupt, and none is going to come");
        _cpu.Tsc += wait;
        return TakeInterrupt();
    }

    // Until an exit that the short path does not finish.
    public void VmRun(GuestRegisters* registers)
    {
        var region = new Hpa(registers->Vmcb);
        RequireMode(region);
        Require(_cpu.Memory.Has(region, VmcbBytes), $"VMRUN of {region.Value:X}, where no memory is");
        var vmcb = (Vmcb*)region.Pointer;
        Verdict answer;
        VmLoad(vmcb);
        while (true)
        {
            vmcb->Rax = registers->Rax;
            Action entering = Entering;
            Entering = null;
            entering?.Invoke();
            Enter(region, vmcb, registers);
            registers->Rax = vmcb->Rax;
            vmcb->TlbControl = TlbControl.Nothing;
            vmcb->Injection &= ~(ulong)uint.MaxValue;
            answer = SoftShortPath.AskSvm(_cpu, registers);
            if (answer is not (Verdict.Resume or Verdict.ResumeAll))
            {
                break;
            }

            _cpu.ShortExits++;
        }

        registers->Answer = (ulong)answer;
        VmSave(vmcb);
    }

    // True if there is such an intercept, and it is set.
    public bool IsIntercepted(ulong code) => IsRunning && code switch
    {
        < 0x20 => (_control.ControlRegisters & (1u << (int)code)) != 0,
        < 0x40 => (_control.DebugRegisters & (1u << (int)(code - 0x20))) != 0,
        < 0x60 => (_control.Exceptions & (1u << (int)(code - 0x40))) != 0,
        < 0x80 => ((uint)_control.General & (1u << (int)(code - 0x60))) != 0,
        < 0xA0 => ((uint)_control.Instructions & (1u << (int)(code - 0x80))) != 0,
        < 0xC0 => ((uint)_control.Late & (1u << (int)(code - 0xA0))) != 0,
        _ => false,
    };

    public bool HasFeature(SvmFeatures features) =>
        ((SvmFeatures)_cpu.Cpuid(0x8000_000A, 0).Edx & features) == features;

    private static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new SoftCpuException(fault);
        }
    }

    private void RequireMode(Hpa region)
    {
        Require(IsOn, "#UD: VMRUN with EFER.SVME clear");
        Require(!_isGlobalOn, "VMRUN with the global interrupt flag set: an interrupt may come in between");
        ulong save = _cpu.Msrs.GetValueOrDefault((uint)SvmMsr.HostSavePage);
        Require(save != 0 && _cpu.Memory.Has(new Hpa(save), VmcbBytes), "VMRUN without a host save area");
        Require(region.Value % VmcbBytes == 0 && region.Value >> _cpu.PhysicalAddressBits == 0,
            $"#GP: VMRUN of {region.Value:X}");
        _cpu.Memory.Bytes(new Hpa(save), VmcbBytes).Fill(0x5A);
    }

    private void Enter(Hpa region, Vmcb* vmcb, GuestRegisters* registers)
    {
        _control = _clean.Load(region, *vmcb);
        HostEfer = _cpu.Msrs[(uint)Msr.Efer];
        Refusal = SvmCheck.Of(_control);
        if (Refusal != null)
        {
            vmcb->ExitCode = ExitCode.Invalid;
            return;
        }

        Flush();
        if (!_cpu.AllowsStaleEpt)
        {
            Npt.Verify(Asid, NestedRoot);
        }

        Entries++;
        SoftVmcs seen = Show(region);
        HostState host = LoadGuest();
        GuestExit exit;
        IsRunning = true;
        try
        {
            exit = _cpu.Vmx.Play(seen, new HostInterrupts(_cpu), registers);
        }
        finally
        {
            IsRunning = false;
        }

        SaveGuest(vmcb, seen, exit, registers);
        LoadHost(host);
        _clean.Keep(region, ref *vmcb);
    }

    // AMD APM 2 15.16.1 TLB Flush.
    private void Flush()
    {
        TlbControl wanted = _control.TlbControl;
        Require(wanted is TlbControl.Nothing or TlbControl.Everything
            || (wanted == TlbControl.OfThisAsid && HasFeature(SvmFeatures.FlushByAsid)), $"TLB_CONTROL {wanted}");
        Flushes += wanted == TlbControl.Nothing ? 0 : 1;
        if (wanted == TlbControl.Everything)
        {
            _cpu.Vmx.Tlb.ForgetAllEpt();
            _cpu.Vmx.Tlb.ForgetAllLinear();
        }
        else if (wanted == TlbControl.OfThisAsid)
        {
            _cpu.Vmx.Tlb.ForgetEpt(SoftNpt.KeyOf(Asid));
        }
    }
}
