// Rules about the guest's control registers, flags, DR7, the MSRs that have a field of their own, RIP and SSP.
// SDM 3C 28.3.1.1 Checks on Guest Control Registers, Debug Registers, and MSRs, 28.3.1.4 Checks on Guest RIP, RFLAGS,
// and SSP.

using static MinusOne.Hv.Audit.AuditRule;

namespace MinusOne.Hv.Audit;

internal readonly unsafe ref partial struct EntryAudit<T>
{
    private const ulong RflagsReserved = 0xFFFF_FFFF_FFC0_8028;

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
        Require(GuestDebugCtlReserved, Vmcs64.GuestDebugCtl,
            !debug || MsrValue.IsDebugCtl(Read(Vmcs64.GuestDebugCtl), _limits));
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
                MsrValue.IsCet(cet, _limits) && (IsLongModeGuest || cet >> 32 == 0));
            Canonical(GuestInterruptSspTable, VmcsNatural.GuestInterruptSspTableAddress);
        }

        Require(GuestPerfGlobalCtrl, Vmcs64.GuestPerfGlobalCtrl, !Has(EntryControls.LoadPerfGlobalCtrl)
            || MsrValue.IsPerfGlobalCtrl(Read(Vmcs64.GuestPerfGlobalCtrl), _limits));
        Require(GuestPat, Vmcs64.GuestPat, !Has(EntryControls.LoadPat) || MsrValue.IsPat(Read(Vmcs64.GuestPat)));
        if (Has(EntryControls.LoadEfer))
        {
            ExtendedFeatures((Efer)Read(Vmcs64.GuestEfer));
        }

        Require(GuestBndCfgs, Vmcs64.GuestBndCfgs,
            !Has(EntryControls.LoadBndCfgs) || MsrValue.IsBndCfgs(Read(Vmcs64.GuestBndCfgs), _limits));
        Require(GuestRtitCtl, Vmcs64.GuestRtitCtl,
            !Has(EntryControls.LoadRtitCtl) || MsrValue.IsRtitCtl(Read(Vmcs64.GuestRtitCtl)));
        Require(GuestLbrCtl, Vmcs64.GuestLbrCtl,
            !Has(EntryControls.LoadLbrCtl) || MsrValue.IsLbrCtl(Read(Vmcs64.GuestLbrCtl)));
        Require(GuestPkrs, Vmcs64.GuestPkrs, !Has(EntryControls.LoadPkrs) || MsrValue.IsPkrs(Read(Vmcs64.GuestPkrs)));
        Require(GuestUserInterruptVector, Vmcs16.GuestUserInterruptNotificationVector,
            !Has(EntryControls.LoadUserInterruptNotificationVector)
                || Read(Vmcs16.GuestUserInterruptNotificationVector) <= 0xFF);
    }

    // LME may differ from LMA as long as paging is off.
    private void ExtendedFeatures(Efer efer)
    {
        bool active = (efer & Efer.LongModeActive) != 0, enabled = (efer & Efer.LongModeEnable) != 0;
        Require(GuestEferReserved, Vmcs64.GuestEfer, MsrValue.IsEfer((ulong)efer, _limits));
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
