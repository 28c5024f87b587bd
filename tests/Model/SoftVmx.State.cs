// The processor state that entries and exits move between the VMCS and the processor. SDM 3C 28.3.2 Loading Guest
// State, 29.3 Saving Guest State, 29.5 Loading Host State. The guest's RIP, RSP, RFLAGS, segments, activity and
// interruptibility stay in the VMCS while it runs: nobody else can see them.

using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed partial class SoftVmx
{
    // ET, NW and CD are the processor's own.
    private const ulong KeptInCr0 = (ulong)(Cr0.ExtensionType | Cr0.NotWriteThrough | Cr0.CacheDisable);
    private const ulong LongModeBits = (ulong)(Efer.LongModeEnable | Efer.LongModeActive);

    public GuestTimer Timer { get; private set; }

    // Without VPIDs, translations do not survive an entry or exit; guest-physical ones always do.
    private void ForgetUntagged()
    {
        if (!Current.Has(SecondaryControls.EnableVpid))
        {
            Tlb.ForgetVpid(0, keepGlobals: false);
        }
    }

    private void LoadGuest()
    {
        SoftVmcs vmcs = Current;
        LoadCr0(vmcs[VmcsNatural.GuestCr0]);
        _cpu.Cr3 = vmcs[VmcsNatural.GuestCr3];
        _cpu.Cr4 = vmcs[VmcsNatural.GuestCr4];
        Set(Msr.SysenterCs, vmcs[Vmcs32.GuestSysenterCs]);
        Set(Msr.SysenterEsp, vmcs[VmcsNatural.GuestSysenterEsp]);
        Set(Msr.SysenterEip, vmcs[VmcsNatural.GuestSysenterEip]);
        Set(Msr.FsBase, vmcs[VmcsNatural.GuestFsBase]);
        Set(Msr.GsBase, vmcs[VmcsNatural.GuestGsBase]);
        if (vmcs.Has(EntryControls.LoadDebugControls))
        {
            _cpu.Dr7 = vmcs[VmcsNatural.GuestDr7];
            Set(Msr.DebugCtl, vmcs[Vmcs64.GuestDebugCtl]);
        }

        LoadEfer(vmcs.Has(EntryControls.LoadEfer), vmcs[Vmcs64.GuestEfer], vmcs.Has(EntryControls.Ia32eModeGuest));
        if (vmcs.Has(EntryControls.LoadPat))
        {
            Set(Msr.Pat, vmcs[Vmcs64.GuestPat]);
        }

        ForgetUntagged();
        Timer = new PreemptionTimer(_cpu, vmcs);
    }

    private void SaveGuest(GuestExit exit)
    {
        SoftVmcs vmcs = Current;
        vmcs[VmcsNatural.GuestCr0] = _cpu.Cr0;
        vmcs[VmcsNatural.GuestCr3] = _cpu.Cr3;
        vmcs[VmcsNatural.GuestCr4] = _cpu.Cr4;
        vmcs[Vmcs32.GuestSysenterCs] = (uint)Get(Msr.SysenterCs);
        vmcs[VmcsNatural.GuestSysenterEsp] = Get(Msr.SysenterEsp);
        vmcs[VmcsNatural.GuestSysenterEip] = Get(Msr.SysenterEip);
        vmcs[VmcsNatural.GuestFsBase] = Get(Msr.FsBase);
        vmcs[VmcsNatural.GuestGsBase] = Get(Msr.GsBase);
        if (vmcs.Has(ExitControls.SaveDebugControls))
        {
            vmcs[VmcsNatural.GuestDr7] = _cpu.Dr7;
            vmcs[Vmcs64.GuestDebugCtl] = Get(Msr.DebugCtl);
        }

        SaveOptional(vmcs);
        ExitInformation.Write(vmcs, exit, Capabilities);
        uint failed = MsrAreas.Store(_cpu, vmcs[Vmcs64.ExitMsrStoreAddress], vmcs[Vmcs32.ExitMsrStoreCount]);
        Require(failed == 0, $"VMX abort 1: MSR-store entry {failed} of the exit");
    }

    private void SaveOptional(SoftVmcs vmcs)
    {
        if (vmcs.Has(ExitControls.SaveEfer))
        {
            vmcs[Vmcs64.GuestEfer] = Get(Msr.Efer);
        }

        if (vmcs.Has(ExitControls.SavePat))
        {
            vmcs[Vmcs64.GuestPat] = Get(Msr.Pat);
        }

        if (vmcs.Has(ExitControls.SavePreemptionTimerValue))
        {
            vmcs[Vmcs32.PreemptionTimerValue] = ((PreemptionTimer)Timer).Value;
        }

        if (Capabilities.StoresLongModeOnExit)
        {
            uint others = vmcs[Vmcs32.EntryControls] & ~(uint)EntryControls.Ia32eModeGuest;
            vmcs[Vmcs32.EntryControls] = others | (_cpu.IsLongMode() ? (uint)EntryControls.Ia32eModeGuest : 0);
        }
    }

    private void LoadHost()
    {
        SoftVmcs vmcs = Current;
        LoadCr0(vmcs[VmcsNatural.HostCr0]);
        _cpu.Cr3 = vmcs[VmcsNatural.HostCr3];
        _cpu.Cr4 = vmcs[VmcsNatural.HostCr4];
        _cpu.Dr7 = (ulong)Dr7.Reset;
        Set(Msr.DebugCtl, 0);
        Set(Msr.SysenterCs, vmcs[Vmcs32.HostSysenterCs]);
        Set(Msr.SysenterEsp, vmcs[VmcsNatural.HostSysenterEsp]);
        Set(Msr.SysenterEip, vmcs[VmcsNatural.HostSysenterEip]);
        Set(Msr.FsBase, vmcs[VmcsNatural.HostFsBase]);
        Set(Msr.GsBase, vmcs[VmcsNatural.HostGsBase]);
        LoadEfer(vmcs.Has(ExitControls.LoadEfer), vmcs[Vmcs64.HostEfer], vmcs.Has(ExitControls.HostAddressSpaceSize));
        if (vmcs.Has(ExitControls.LoadPat))
        {
            Set(Msr.Pat, vmcs[Vmcs64.HostPat]);
        }

        ForgetUntagged();
        uint failed = MsrAreas.Load(_cpu, vmcs[Vmcs64.ExitMsrLoadAddress], vmcs[Vmcs32.ExitMsrLoadCount]);
        Require(failed == 0, $"VMX abort 4: MSR-load entry {failed} of the exit");
    }

    private void LoadCr0(ulong value) => _cpu.Cr0 = (value & ~KeptInCr0) | (_cpu.Cr0 & KeptInCr0);

    private void LoadEfer(bool whole, ulong efer, bool longMode)
    {
        ulong kept = Get(Msr.Efer) & ~LongModeBits;
        Set(Msr.Efer, whole ? efer : kept | (longMode ? LongModeBits : 0));
    }

    private ulong Get(Msr msr) => _cpu.Msrs.GetValueOrDefault((uint)msr);

    private void Set(Msr msr, ulong value)
    {
        if (_cpu.Msrs.ContainsKey((uint)msr))
        {
            _cpu.Msrs[(uint)msr] = value;
        }
    }
}
