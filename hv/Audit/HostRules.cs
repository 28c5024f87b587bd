// Checks on the host-state area. SDM 3C 28.2.2 Checks on Host Control Registers, MSRs, and SSP, 28.2.3 Checks on Host
// Segment and Descriptor-Table Registers, 28.2.4 Checks Related to Address-Space Size.

namespace MinusOne.Hv.Audit;

internal static class HostRules<T>
    where T : struct, IVmcsReader
{
    public static void Check(in AuditContext<T> audit)
    {
        ControlRegister0(audit);
        ControlRegister4(audit);
        ControlFlowEnforcement(audit);
        ControlRegister3(audit);
        Sysenter(audit);
        CetState(audit);
        PerfGlobalCtrl(audit);
        Pat(audit);
        ExtendedFeatures(audit);
        ProtectionKeys(audit);
        HostSegmentRules<T>.Check(audit);
        AddressSpaceSize(audit);
    }

    private static void ControlRegister0(in AuditContext<T> audit)
    {
        ulong cr0 = audit.Read(VmcsNatural.HostCr0);
        audit.Require((audit.Vmx.Cr0MustBeOne & ~cr0) == 0, AuditRule.HostCr0MustBeOne, VmcsNatural.HostCr0);
        audit.Require((cr0 & ~audit.Vmx.Cr0MayBeOne) == 0, AuditRule.HostCr0MustBeZero, VmcsNatural.HostCr0);
    }

    private static void ControlRegister4(in AuditContext<T> audit)
    {
        ulong cr4 = audit.Read(VmcsNatural.HostCr4);
        audit.Require((audit.Vmx.Cr4MustBeOne & ~cr4) == 0, AuditRule.HostCr4MustBeOne, VmcsNatural.HostCr4);
        audit.Require((cr4 & ~audit.Vmx.Cr4MayBeOne) == 0, AuditRule.HostCr4MustBeZero, VmcsNatural.HostCr4);
    }

    private static void ControlFlowEnforcement(in AuditContext<T> audit) =>
        audit.Require(
            !Has(audit, Cr4.ControlFlowEnforcement)
                || (audit.Read(VmcsNatural.HostCr0) & (ulong)Cr0.WriteProtect) != 0,
            AuditRule.HostCetNeedsWriteProtect,
            VmcsNatural.HostCr4);

    private static void ControlRegister3(in AuditContext<T> audit) =>
        audit.Require(
            audit.IsCr3(audit.Read(VmcsNatural.HostCr3)), AuditRule.HostCr3Width, VmcsNatural.HostCr3);

    private static void Sysenter(in AuditContext<T> audit)
    {
        Canonical(audit, AuditRule.HostSysenterAddress, VmcsNatural.HostSysenterEsp);
        Canonical(audit, AuditRule.HostSysenterAddress, VmcsNatural.HostSysenterEip);
    }

    private static void CetState(in AuditContext<T> audit)
    {
        if (!audit.Has(ExitControls.LoadCetState))
        {
            return;
        }

        ulong cet = audit.Read(VmcsNatural.HostSCet), stack = audit.Read(VmcsNatural.HostSsp);
        audit.Require(
            MsrValue.IsCet(cet, audit.Limits) && (audit.IsLongHost || cet >> 32 == 0),
            AuditRule.HostSCet,
            VmcsNatural.HostSCet);
        audit.Require((stack & 3) == 0, AuditRule.HostSspAlignment, VmcsNatural.HostSsp);
        audit.Require(
            audit.Limits.IsCanonical(stack) && (audit.IsLongHost || stack >> 32 == 0),
            AuditRule.HostSspCanonical,
            VmcsNatural.HostSsp);
        Canonical(audit, AuditRule.HostInterruptSspTable, VmcsNatural.HostInterruptSspTableAddress);
    }

    private static void PerfGlobalCtrl(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(ExitControls.LoadPerfGlobalCtrl)
                || MsrValue.IsPerfGlobalCtrl(audit.Read(Vmcs64.HostPerfGlobalCtrl), audit.Limits),
            AuditRule.HostPerfGlobalCtrl,
            Vmcs64.HostPerfGlobalCtrl);

    private static void Pat(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(ExitControls.LoadPat) || MsrValue.IsPat(audit.Read(Vmcs64.HostPat)),
            AuditRule.HostPat,
            Vmcs64.HostPat);

    private static void ExtendedFeatures(in AuditContext<T> audit)
    {
        if (!audit.Has(ExitControls.LoadEfer))
        {
            return;
        }

        ulong efer = audit.Read(Vmcs64.HostEfer);
        const ulong mode = (ulong)(Efer.LongModeActive | Efer.LongModeEnable);
        audit.Require(MsrValue.IsEfer(efer, audit.Limits), AuditRule.HostEferReserved, Vmcs64.HostEfer);
        audit.Require((efer & mode) == (audit.IsLongHost ? mode : 0), AuditRule.HostEferMode, Vmcs64.HostEfer);
    }

    private static void ProtectionKeys(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(ExitControls.LoadPkrs) || MsrValue.IsPkrs(audit.Read(Vmcs64.HostPkrs)),
            AuditRule.HostPkrs,
            Vmcs64.HostPkrs);

    // We are 64-bit code, so the host must be too. The rules for a 32-bit host then tell what else would be wrong
    // with one.
    private static void AddressSpaceSize(in AuditContext<T> audit)
    {
        ulong rip = audit.Read(VmcsNatural.HostRip);
        bool isLong = audit.IsLongHost;
        int bits = Has(audit, Cr4.LinearAddresses57) ? 57 : 48;
        audit.Require(isLong, AuditRule.HostAddressSpaceSize, Vmcs32.ExitControls);
        audit.Require(isLong || !audit.IsLongModeGuest, AuditRule.HostIa32eGuest, Vmcs32.EntryControls);
        audit.Require(isLong || !Has(audit, Cr4.PcidEnable), AuditRule.HostPcid, VmcsNatural.HostCr4);
        audit.Require(isLong || rip >> 32 == 0, AuditRule.HostRip32, VmcsNatural.HostRip);
        audit.Require(!isLong || Has(audit, Cr4.PhysicalAddressExtension), AuditRule.HostPae, VmcsNatural.HostCr4);
        audit.Require(
            !isLong || RegisterLimits.IsCanonical(rip, bits), AuditRule.HostRipCanonical, VmcsNatural.HostRip);
    }

    private static bool Has(in AuditContext<T> audit, Cr4 bit) => (audit.Read(VmcsNatural.HostCr4) & (ulong)bit) != 0;

    private static void Canonical(in AuditContext<T> audit, AuditRule rule, VmcsNatural field) =>
        audit.Require(audit.Limits.IsCanonical(audit.Read(field)), rule, field);
}

// Checks on the host's segment and descriptor-table registers. SDM 3C 28.2.3 Checks on Host Segment and
// Descriptor-Table Registers.
internal static class HostSegmentRules<T>
    where T : struct, IVmcsReader
{
    // RPL and TI.
    private const uint SelectorBits = 7;

    public static void Check(in AuditContext<T> audit)
    {
        SelectorBitsClear(audit);
        NotNull(audit);
        Bases(audit);
    }

    private static void SelectorBitsClear(in AuditContext<T> audit)
    {
        for (Vmcs16 field = Vmcs16.HostEsSelector; field <= Vmcs16.HostTrSelector; field += 2)
        {
            audit.Require((audit.Read(field) & SelectorBits) == 0, AuditRule.HostSelectorBits, field);
        }
    }

    private static void NotNull(in AuditContext<T> audit)
    {
        audit.Require(audit.Read(Vmcs16.HostCsSelector) != 0, AuditRule.HostCsIsNull, Vmcs16.HostCsSelector);
        audit.Require(audit.Read(Vmcs16.HostTrSelector) != 0, AuditRule.HostTrIsNull, Vmcs16.HostTrSelector);
        audit.Require(
            audit.IsLongHost || audit.Read(Vmcs16.HostSsSelector) != 0, AuditRule.HostSsIsNull, Vmcs16.HostSsSelector);
    }

    private static void Bases(in AuditContext<T> audit)
    {
        for (VmcsNatural field = VmcsNatural.HostFsBase; field <= VmcsNatural.HostIdtrBase; field += 2)
        {
            audit.Require(audit.Limits.IsCanonical(audit.Read(field)), AuditRule.HostBaseCanonical, field);
        }
    }
}
