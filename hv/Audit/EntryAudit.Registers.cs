// Rules about registers and MSRs of host and guest. SDM 3C 28.2.2 Checks on Host Control Registers, MSRs, and SSP,
// 28.2.3 Checks on Host Segment and Descriptor-Table Registers, 28.2.4 Checks Related to Address-Space Size, 28.3.1.1
// Checks on Guest Control Registers, Debug Registers, and MSRs, 28.3.1.4 Checks on Guest RIP, RFLAGS, and SSP.

using static MinusOne.Hv.Audit.AuditRule;

namespace MinusOne.Hv.Audit;

internal readonly unsafe ref partial struct EntryAudit<T>
{
    // RPL and TI.
    private const uint SelectorBits = 7;

    private const ulong RflagsReserved = 0xFFFF_FFFF_FFC0_8028;

    private void HostRegisters()
    {
        const ulong mode = (ulong)(Efer.LongModeActive | Efer.LongModeEnable);
        ulong cr0 = Read(VmcsNatural.HostCr0), cr4 = Read(VmcsNatural.HostCr4);
        Require(HostCr0MustBeOne, VmcsNatural.HostCr0, (_vmx.Cr0MustBeOne & ~cr0) == 0);
        Require(HostCr0MustBeZero, VmcsNatural.HostCr0, (cr0 & ~_vmx.Cr0MayBeOne) == 0);
        Require(HostCr4MustBeOne, VmcsNatural.HostCr4, (_vmx.Cr4MustBeOne & ~cr4) == 0);
        Require(HostCr4MustBeZero, VmcsNatural.HostCr4, (cr4 & ~_vmx.Cr4MayBeOne) == 0);
        Require(HostCetNeedsWriteProtect, VmcsNatural.HostCr4,
            !HostHas(Cr4.ControlFlowEnforcement) || (cr0 & (ulong)Cr0.WriteProtect) != 0);
        Require(HostCr3Width, VmcsNatural.HostCr3, IsCr3(Read(VmcsNatural.HostCr3)));
        Canonical(HostSysenterAddress, VmcsNatural.HostSysenterEsp);
        Canonical(HostSysenterAddress, VmcsNatural.HostSysenterEip);
        if (Has(ExitControls.LoadCetState))
        {
            HostShadowStack();
        }

        Loadable(
            HostPerfGlobalCtrl, Vmcs64.HostPerfGlobalCtrl, Msr.PerfGlobalCtrl, Has(ExitControls.LoadPerfGlobalCtrl));
        Loadable(HostPat, Vmcs64.HostPat, Msr.Pat, Has(ExitControls.LoadPat));
        Loadable(HostEferReserved, Vmcs64.HostEfer, Msr.Efer, Has(ExitControls.LoadEfer));
        Require(HostEferMode, Vmcs64.HostEfer,
            !Has(ExitControls.LoadEfer) || (Read(Vmcs64.HostEfer) & mode) == (IsLongHost ? mode : 0));
        Loadable(HostPkrs, Vmcs64.HostPkrs, Msr.Pkrs, Has(ExitControls.LoadPkrs));
    }

    private void HostShadowStack()
    {
        ulong cet = Read(VmcsNatural.HostSCet), stack = Read(VmcsNatural.HostSsp);
        Require(HostSCet, VmcsNatural.HostSCet,
            MsrValue.IsLoadable(Msr.SupervisorCet, cet, _limits) && (IsLongHost || cet >> 32 == 0));
        Require(HostSspAlignment, VmcsNatural.HostSsp, (stack & 3) == 0);
        Require(HostSspCanonical, VmcsNatural.HostSsp, _limits.IsCanonical(stack) && (IsLongHost || stack >> 32 == 0));
        Canonical(HostInterruptSspTable, VmcsNatural.HostInterruptSspTableAddress);
    }

    private void HostSegments()
    {
        for (Vmcs16 field = Vmcs16.HostEsSelector; field <= Vmcs16.HostTrSelector; field += 2)
        {
            Require(HostSelectorBits, field, (Read(field) & SelectorBits) == 0);
        }

        Require(HostCsIsNull, Vmcs16.HostCsSelector, Read(Vmcs16.HostCsSelector) != 0);
        Require(HostTrIsNull, Vmcs16.HostTrSelector, Read(Vmcs16.HostTrSelector) != 0);
        Require(HostSsIsNull, Vmcs16.HostSsSelector, IsLongHost || Read(Vmcs16.HostSsSelector) != 0);
        for (VmcsNatural field = VmcsNatural.HostFsBase; field <= VmcsNatural.HostIdtrBase; field += 2)
        {
            Canonical(HostBaseCanonical, field);
        }
    }

    // We are 64-bit code, so the host must be too. The rules for a 32-bit one then tell what else is wrong.
    private void HostMode()
    {
        ulong rip = Read(VmcsNatural.HostRip);
        bool isLong = IsLongHost;
        Require(HostAddressSpaceSize, Vmcs32.ExitControls, isLong);
        Require(HostIa32eGuest, Vmcs32.EntryControls, isLong || !IsLongModeGuest);
        Require(HostPcid, VmcsNatural.HostCr4, isLong || !HostHas(Cr4.PcidEnable));
        Require(HostRip32, VmcsNatural.HostRip, isLong || rip >> 32 == 0);
        Require(HostPae, VmcsNatural.HostCr4, !isLong || HostHas(Cr4.PhysicalAddressExtension));
        Require(HostRipCanonical, VmcsNatural.HostRip,
            !isLong || RegisterLimits.IsCanonical(rip, HostHas(Cr4.LinearAddresses57) ? 57 : 48));
    }

    private bool HostHas(Cr4 bit) => (Read(VmcsNatural.HostCr4) & (ulong)bit) != 0;

    private void GuestRegisters()
    {
        // An unrestricted guest may do without protection and paging, whatever the MSR says.
        ulong free = IsUnrestricted ? (ulong)(Cr0.ProtectionEnable | Cr0.Paging) : 0;
        ulong cr0 = (ulong)_cr0, cr4 = (ulong)_cr4;
        bool debug = Has(EntryControls.LoadDebugControls);
        Require(GuestRflagsReserved, VmcsNatural.GuestRflags,
            ((ulong)_rflags & RflagsReserved) == 0 && (_rflags & Rflags.AlwaysSet) != 0);
        Require(GuestRflagsVirtual8086, VmcsNatural.GuestRflags,
            !IsVirtual8086 || (!IsLongModeGuest && Has(Cr0.ProtectionEnable)));
        Require(GuestRflagsInterruptEnable, VmcsNatural.GuestRflags,
            !Injects(InterruptionType.ExternalInterrupt) || (_rflags & Rflags.InterruptEnable) != 0);
        Require(GuestCr0MustBeOne, VmcsNatural.GuestCr0, (_vmx.Cr0MustBeOne & ~free & ~cr0) == 0);
        Require(GuestCr0MustBeZero, VmcsNatural.GuestCr0, (cr0 & ~_vmx.Cr0MayBeOne) == 0);
        Require(GuestPagingNeedsProtection, VmcsNatural.GuestCr0, !Has(Cr0.Paging) || Has(Cr0.ProtectionEnable));
        Require(GuestCr4MustBeOne, VmcsNatural.GuestCr4, (_vmx.Cr4MustBeOne & ~cr4) == 0);
        Require(GuestCr4MustBeZero, VmcsNatural.GuestCr4, (cr4 & ~_vmx.Cr4MayBeOne) == 0);
        Require(GuestCetNeedsWriteProtect, VmcsNatural.GuestCr4,
            !Has(Cr4.ControlFlowEnforcement) || Has(Cr0.WriteProtect));
        Loadable(GuestDebugCtlReserved, Vmcs64.GuestDebugCtl, Msr.DebugCtl, debug);
        Require(GuestLongModeNeedsPaging, VmcsNatural.GuestCr0, !IsLongModeGuest || Has(Cr0.Paging));
        Require(GuestLongModeNeedsPae, VmcsNatural.GuestCr4, !IsLongModeGuest || Has(Cr4.PhysicalAddressExtension));
        Require(GuestPcidNeedsLongMode, VmcsNatural.GuestCr4, IsLongModeGuest || !Has(Cr4.PcidEnable));
        Require(GuestCr3Width, VmcsNatural.GuestCr3, IsCr3(Read(VmcsNatural.GuestCr3)));
        Require(GuestDr7Upper, VmcsNatural.GuestDr7, !debug || Read(VmcsNatural.GuestDr7) >> 32 == 0);
    }

    private void GuestMsrs()
    {
        Canonical(GuestSysenterAddress, VmcsNatural.GuestSysenterEsp);
        Canonical(GuestSysenterAddress, VmcsNatural.GuestSysenterEip);
        if (Has(EntryControls.LoadCetState))
        {
            ulong cet = Read(VmcsNatural.GuestSCet);
            Require(GuestSCet, VmcsNatural.GuestSCet,
                MsrValue.IsLoadable(Msr.SupervisorCet, cet, _limits) && (IsLongModeGuest || cet >> 32 == 0));
            Canonical(GuestInterruptSspTable, VmcsNatural.GuestInterruptSspTableAddress);
        }

        Loadable(
            GuestPerfGlobalCtrl, Vmcs64.GuestPerfGlobalCtrl, Msr.PerfGlobalCtrl, Has(EntryControls.LoadPerfGlobalCtrl));
        Loadable(GuestPat, Vmcs64.GuestPat, Msr.Pat, Has(EntryControls.LoadPat));
        if (Has(EntryControls.LoadEfer))
        {
            ExtendedFeatures((Efer)Read(Vmcs64.GuestEfer));
        }

        Loadable(GuestBndCfgs, Vmcs64.GuestBndCfgs, Msr.BndCfgs, Has(EntryControls.LoadBndCfgs));
        Loadable(GuestRtitCtl, Vmcs64.GuestRtitCtl, Msr.RtitCtl, Has(EntryControls.LoadRtitCtl));
        Loadable(GuestLbrCtl, Vmcs64.GuestLbrCtl, Msr.LbrCtl, Has(EntryControls.LoadLbrCtl));
        Loadable(GuestPkrs, Vmcs64.GuestPkrs, Msr.Pkrs, Has(EntryControls.LoadPkrs));
        Require(GuestUserInterruptVector, Vmcs16.GuestUserInterruptNotificationVector,
            !Has(EntryControls.LoadUserInterruptNotificationVector)
                || Read(Vmcs16.GuestUserInterruptNotificationVector) <= 0xFF);
    }

    // LME may differ from LMA as long as paging is off.
    private void ExtendedFeatures(Efer efer)
    {
        bool active = (efer & Efer.LongModeActive) != 0, enabled = (efer & Efer.LongModeEnable) != 0;
        Loadable(GuestEferReserved, Vmcs64.GuestEfer, Msr.Efer, isLoaded: true);
        Require(GuestEferLongModeActive, Vmcs64.GuestEfer, active == IsLongModeGuest);
        Require(GuestEferLongModeEnable, Vmcs64.GuestEfer, active == enabled || !Has(Cr0.Paging));
    }

    private void GuestPointers()
    {
        ulong rip = Read(VmcsNatural.GuestRip);
        ulong stack = Has(EntryControls.LoadCetState) ? Read(VmcsNatural.GuestSsp) : 0;
        bool isLong = Is64BitCode;
        Require(GuestRipUpper, VmcsNatural.GuestRip, isLong || rip >> 32 == 0);
        Require(GuestRipLinear, VmcsNatural.GuestRip, !isLong || IsLinear(rip));
        Require(GuestSspAlignment, VmcsNatural.GuestSsp, (stack & 3) == 0);
        Require(GuestSspUpper, VmcsNatural.GuestSsp, isLong || stack >> 32 == 0);
        Require(GuestSspLinear, VmcsNatural.GuestSsp, !isLong || IsLinear(stack));
    }

    // In 64-bit code the bits above the linear-address width must be alike; the highest address bit itself may differ
    // from them, so this is less than canonical.
    private bool IsLinear(ulong address) => RegisterLimits.IsCanonical(address, _limits.LinearAddressBits + 1);
}
