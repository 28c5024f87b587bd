// Broken host state, one rule each. SDM 3C 28.2.2 Checks on Host Control Registers, MSRs, and SSP, 28.2.3 Checks on
// Host Segment and Descriptor-Table Registers, 28.2.4 Checks Related to Address-Space Size.

using MinusOne.Tests.Model;
using static MinusOne.Tests.Model.GoodVmcs;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

internal static class HostRows
{
    private const ulong NotCanonical = 0x8000_0000_0000;

    public static AuditRow[] All =>
    [
        Set(AuditRule.HostCr0MustBeOne, VmcsNatural.HostCr0, 0x1_0033),
        Set(AuditRule.HostCr0MustBeZero, VmcsNatural.HostCr0, 0x1_8001_0033),
        Set(AuditRule.HostCr4MustBeOne, VmcsNatural.HostCr4, 0x668),
        Set(AuditRule.HostCr4MustBeZero, VmcsNatural.HostCr4, 0xA668),
        new(
            Long64,
            AuditRule.HostCetNeedsWriteProtect,
            VmcsNatural.HostCr4,
            (v, m) =>
            {
                v[VmcsNatural.HostCr0] = 0x8000_0033;
                v[VmcsNatural.HostCr4] = 0x80_2668;
            }),
        Set(AuditRule.HostCr3Width, VmcsNatural.HostCr3, 1ul << 40),
        Set(AuditRule.HostSysenterAddress, VmcsNatural.HostSysenterEsp, NotCanonical),
        Set(AuditRule.HostSysenterAddress, VmcsNatural.HostSysenterEip, NotCanonical),
        Cet(AuditRule.HostSCet, VmcsNatural.HostSCet, 0x40),
        Cet(AuditRule.HostSCet, VmcsNatural.HostSCet, 0xC00),
        Cet(AuditRule.HostSCet, VmcsNatural.HostSCet, NotCanonical),
        Cet(AuditRule.HostSspAlignment, VmcsNatural.HostSsp, 0x1002),
        Cet(AuditRule.HostSspCanonical, VmcsNatural.HostSsp, NotCanonical),
        Cet(AuditRule.HostInterruptSspTable, VmcsNatural.HostInterruptSspTableAddress, NotCanonical),
        Load(AuditRule.HostPerfGlobalCtrl, ExitControls.LoadPerfGlobalCtrl, Vmcs64.HostPerfGlobalCtrl, 0x10),
        Load(AuditRule.HostPat, ExitControls.LoadPat, Vmcs64.HostPat, 0x0007_0406_0007_0206),
        Load(AuditRule.HostPat, ExitControls.LoadPat, Vmcs64.HostPat, 0x0807_0406_0007_0406),
        Load(AuditRule.HostEferReserved, ExitControls.LoadEfer, Vmcs64.HostEfer, 0xD02),
        Load(AuditRule.HostEferMode, ExitControls.LoadEfer, Vmcs64.HostEfer, 0x900),
        Load(AuditRule.HostEferMode, ExitControls.LoadEfer, Vmcs64.HostEfer, 0xC00),
        Load(AuditRule.HostPkrs, ExitControls.LoadPkrs, Vmcs64.HostPkrs, 1ul << 32),
        Selector(AuditRule.HostSelectorBits, Vmcs16.HostEsSelector, 0x13),
        Selector(AuditRule.HostSelectorBits, Vmcs16.HostCsSelector, 0x0C),
        Selector(AuditRule.HostSelectorBits, Vmcs16.HostSsSelector, 0x11),
        Selector(AuditRule.HostSelectorBits, Vmcs16.HostDsSelector, 0x12),
        Selector(AuditRule.HostSelectorBits, Vmcs16.HostFsSelector, 0x04),
        Selector(AuditRule.HostSelectorBits, Vmcs16.HostGsSelector, 0x01),
        Selector(AuditRule.HostSelectorBits, Vmcs16.HostTrSelector, 0x1B),
        Selector(AuditRule.HostCsIsNull, Vmcs16.HostCsSelector, 0),
        Selector(AuditRule.HostTrIsNull, Vmcs16.HostTrSelector, 0),
        new(
            Pae32,
            AuditRule.HostSsIsNull,
            Vmcs16.HostSsSelector,
            (v, m) =>
            {
                Short(v);
                v[Vmcs16.HostSsSelector] = 0;
            }),
        Set(AuditRule.HostBaseCanonical, VmcsNatural.HostFsBase, NotCanonical),
        Set(AuditRule.HostBaseCanonical, VmcsNatural.HostGsBase, NotCanonical),
        Set(AuditRule.HostBaseCanonical, VmcsNatural.HostTrBase, NotCanonical),
        Set(AuditRule.HostBaseCanonical, VmcsNatural.HostGdtrBase, NotCanonical),
        Set(AuditRule.HostBaseCanonical, VmcsNatural.HostIdtrBase, NotCanonical),
        new(Pae32, AuditRule.HostAddressSpaceSize, Vmcs32.ExitControls, (v, m) => Short(v)),
        Set(AuditRule.HostPae, VmcsNatural.HostCr4, 0x2648),
        Set(AuditRule.HostRipCanonical, VmcsNatural.HostRip, NotCanonical),
    ];

    // These rows come behind the finding that the host must be long: what else would be wrong with a 32-bit host.
    public static AuditRow[] Second =>
    [
        new(
            Long64,
            AuditRule.HostIa32eGuest,
            Vmcs32.EntryControls,
            (v, m) => Short(v)),
        new(
            Pae32,
            AuditRule.HostPcid,
            VmcsNatural.HostCr4,
            (v, m) =>
            {
                Short(v);
                v[VmcsNatural.HostCr4] |= 1ul << 17;
            }),
        new(
            Pae32,
            AuditRule.HostRip32,
            VmcsNatural.HostRip,
            (v, m) =>
            {
                Short(v);
                v[VmcsNatural.HostRip] = 1ul << 32;
            }),
    ];

    private static void Short(VmcsImage vmcs)
    {
        vmcs[Vmcs32.ExitControls] &= ~(uint)ExitControls.HostAddressSpaceSize;
        vmcs[Vmcs64.HostEfer] = 0;
    }

    private static AuditRow Set(AuditRule rule, VmcsNatural field, ulong value) =>
        new(Long64, rule, field, (v, m) => v[field] = value, $"{field} {value:X}");

    private static AuditRow Selector(AuditRule rule, Vmcs16 field, ushort value) =>
        new(Long64, rule, field, (v, m) => v[field] = value, $"{field}");

    private static AuditRow Cet(AuditRule rule, VmcsNatural field, ulong value) =>
        new(
            Long64,
            rule,
            field,
            (v, m) =>
            {
                v[Vmcs32.ExitControls] |= (uint)ExitControls.LoadCetState;
                v[field] = value;
            },
            $"{value:X}");

    private static AuditRow Load(AuditRule rule, ExitControls control, Vmcs64 field, ulong value) =>
        new(
            Long64,
            rule,
            field,
            (v, m) =>
            {
                v[Vmcs32.ExitControls] |= (uint)control;
                v[field] = value;
            },
            $"{value:X}");
}
