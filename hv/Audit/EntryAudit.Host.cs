// Rules about the host-state area. SDM 3C 28.2.2 Checks on Host Control Registers, MSRs, and SSP, 28.2.3 Checks on Host
// Segment and Descriptor-Table Registers, 28.2.4 Checks Related to Address-Space Size.

using static MinusOne.Hv.Audit.AuditRule;

namespace MinusOne.Hv.Audit;

internal readonly unsafe ref partial struct EntryAudit<T>
{
    // RPL and TI.
    private const uint SelectorBits = 7;

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

        Require(HostPerfGlobalCtrl, Vmcs64.HostPerfGlobalCtrl, !Has(ExitControls.LoadPerfGlobalCtrl)
            || MsrValue.IsPerfGlobalCtrl(Read(Vmcs64.HostPerfGlobalCtrl), _limits));
        Require(HostPat, Vmcs64.HostPat, !Has(ExitControls.LoadPat) || MsrValue.IsPat(Read(Vmcs64.HostPat)));
        Require(HostEferReserved, Vmcs64.HostEfer,
            !Has(ExitControls.LoadEfer) || MsrValue.IsEfer(Read(Vmcs64.HostEfer), _limits));
        Require(HostEferMode, Vmcs64.HostEfer,
            !Has(ExitControls.LoadEfer) || (Read(Vmcs64.HostEfer) & mode) == (IsLongHost ? mode : 0));
        Require(HostPkrs, Vmcs64.HostPkrs, !Has(ExitControls.LoadPkrs) || MsrValue.IsPkrs(Read(Vmcs64.HostPkrs)));
    }

    private void HostShadowStack()
    {
        ulong cet = Read(VmcsNatural.HostSCet), stack = Read(VmcsNatural.HostSsp);
        Require(HostSCet, VmcsNatural.HostSCet, MsrValue.IsCet(cet, _limits) && (IsLongHost || cet >> 32 == 0));
        Require(HostSspAlignment, VmcsNatural.HostSsp, (stack & 3) == 0);
        Require(HostSspCanonical, VmcsNatural.HostSsp,
            _limits.IsCanonical(stack) && (IsLongHost || stack >> 32 == 0));
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

    // We are 64-bit code, so the host must be too. The rules for a 32-bit host then tell what else would be wrong
    // with one.
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
}
