// Broken guest registers and MSRs, one rule each. SDM 3C 28.3.1.1 Checks on Guest Control Registers, Debug Registers,
// and MSRs, 28.3.1.4 Checks on Guest RIP, RFLAGS, and SSP.

using System;
using MinusOne.Tests.Model;
using static MinusOne.Tests.Model.GoodVmcs;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

internal static class GuestRegisterRows
{
    private const ulong NotCanonical = 0x8000_0000_0000;

    public static AuditRow[] All =>
    [
        Set(Long64, AuditRule.GuestRflagsReserved, VmcsNatural.GuestRflags, 0),
        Set(Long64, AuditRule.GuestRflagsReserved, VmcsNatural.GuestRflags, 0xA),
        Set(Long64, AuditRule.GuestRflagsReserved, VmcsNatural.GuestRflags, 0x22),
        Set(Long64, AuditRule.GuestRflagsReserved, VmcsNatural.GuestRflags, 0x8002),
        Set(Long64, AuditRule.GuestRflagsReserved, VmcsNatural.GuestRflags, 0x40_0002),
        Set(Long64, AuditRule.GuestRflagsReserved, VmcsNatural.GuestRflags, 1ul << 63 | 2),
        Set(Long64, AuditRule.GuestRflagsVirtual8086, VmcsNatural.GuestRflags, 0x2_0002),
        Set(RealMode, AuditRule.GuestRflagsVirtual8086, VmcsNatural.GuestRflags, 0x2_0002),
        new(
            Long64,
            AuditRule.GuestRflagsInterruptEnable,
            VmcsNatural.GuestRflags,
            (v, m) => v[Vmcs32.EntryInterruptionInformation] = 0x8000_0040),
        Set(RealMode, AuditRule.GuestCr0MustBeOne, VmcsNatural.GuestCr0, 0x10),
        Set(Pae32, AuditRule.GuestCr0MustBeOne, VmcsNatural.GuestCr0, 0x1_0031),
        Set(Long64, AuditRule.GuestCr0MustBeZero, VmcsNatural.GuestCr0, 0x1_8001_0031),
        Set(RealMode, AuditRule.GuestPagingNeedsProtection, VmcsNatural.GuestCr0, 0x8000_0030),
        Set(Long64, AuditRule.GuestCr4MustBeOne, VmcsNatural.GuestCr4, 0x20),
        Set(Long64, AuditRule.GuestCr4MustBeZero, VmcsNatural.GuestCr4, 0xA020),
        new(
            Long64,
            AuditRule.GuestCetNeedsWriteProtect,
            VmcsNatural.GuestCr4,
            (v, m) =>
            {
                v[VmcsNatural.GuestCr0] = 0x8000_0031;
                v[VmcsNatural.GuestCr4] = 0x80_2020;
            }),
        Set(Long64, AuditRule.GuestDebugCtlReserved, Vmcs64.GuestDebugCtl, 8),
        Set(Long64, AuditRule.GuestDebugCtlReserved, Vmcs64.GuestDebugCtl, 1ul << 32),
        new(
            Protected32,
            AuditRule.GuestLongModeNeedsPaging,
            VmcsNatural.GuestCr0,
            (v, m) =>
            {
                v[Vmcs32.EntryControls] |= (uint)EntryControls.Ia32eModeGuest;
                v[Vmcs64.GuestEfer] = 0xD00;
                v[VmcsNatural.GuestCr4] = 0x2020;
            }),
        Set(Long64, AuditRule.GuestLongModeNeedsPae, VmcsNatural.GuestCr4, 0x2000),
        Set(Pae32, AuditRule.GuestPcidNeedsLongMode, VmcsNatural.GuestCr4, 0x2_2020),
        Set(Long64, AuditRule.GuestCr3Width, VmcsNatural.GuestCr3, 1ul << 40),
        Set(Long64, AuditRule.GuestCr3Width, VmcsNatural.GuestCr3, 1ul << 62),
        Set(Long64, AuditRule.GuestDr7Upper, VmcsNatural.GuestDr7, 0x1_0000_0400),
        Set(Long64, AuditRule.GuestSysenterAddress, VmcsNatural.GuestSysenterEsp, NotCanonical),
        Set(Long64, AuditRule.GuestSysenterAddress, VmcsNatural.GuestSysenterEip, NotCanonical),
        Cet(Long64, AuditRule.GuestSCet, VmcsNatural.GuestSCet, 0x80),
        Cet(Pae32, AuditRule.GuestSCet, VmcsNatural.GuestSCet, 1ul << 32),
        Cet(Long64, AuditRule.GuestInterruptSspTable, VmcsNatural.GuestInterruptSspTableAddress, NotCanonical),
        Load(AuditRule.GuestPerfGlobalCtrl, EntryControls.LoadPerfGlobalCtrl, Vmcs64.GuestPerfGlobalCtrl, 1ul << 35),
        Load(AuditRule.GuestPat, EntryControls.LoadPat, Vmcs64.GuestPat, 0x0007_0403_0007_0406),
        Load(AuditRule.GuestEferReserved, EntryControls.LoadEfer, Vmcs64.GuestEfer, 0x1D01),
        Load(AuditRule.GuestEferLongModeActive, EntryControls.LoadEfer, Vmcs64.GuestEfer, 0),
        Load(AuditRule.GuestEferLongModeEnable, EntryControls.LoadEfer, Vmcs64.GuestEfer, 0xC01),
        Set(Pae32, AuditRule.GuestEferLongModeEnable, Vmcs64.GuestEfer, 0x100),
        Load(AuditRule.GuestBndCfgs, EntryControls.LoadBndCfgs, Vmcs64.GuestBndCfgs, 4),
        Load(AuditRule.GuestBndCfgs, EntryControls.LoadBndCfgs, Vmcs64.GuestBndCfgs, NotCanonical),
        Load(AuditRule.GuestRtitCtl, EntryControls.LoadRtitCtl, Vmcs64.GuestRtitCtl, 1ul << 63),
        Load(AuditRule.GuestLbrCtl, EntryControls.LoadLbrCtl, Vmcs64.GuestLbrCtl, 0x10),
        Load(AuditRule.GuestPkrs, EntryControls.LoadPkrs, Vmcs64.GuestPkrs, 1ul << 32),
        new(
            Long64,
            AuditRule.GuestUserInterruptVector,
            Vmcs16.GuestUserInterruptNotificationVector,
            (v, m) =>
            {
                v[Vmcs32.EntryControls] |= (uint)EntryControls.LoadUserInterruptNotificationVector;
                v[Vmcs16.GuestUserInterruptNotificationVector] = 0x100;
            }),
        Set(Pae32, AuditRule.GuestRipUpper, VmcsNatural.GuestRip, 1ul << 32),
        new(
            Long64,
            AuditRule.GuestRipUpper,
            VmcsNatural.GuestRip,
            (v, m) => v[Vmcs32.GuestCsAccessRights] = 0xC09B,
            "compatibility mode"),
        Set(Long64, AuditRule.GuestRipLinear, VmcsNatural.GuestRip, 1ul << 48),
        Cet(Long64, AuditRule.GuestSspAlignment, VmcsNatural.GuestSsp, 0x1001),
        Cet(Pae32, AuditRule.GuestSspUpper, VmcsNatural.GuestSsp, 1ul << 32),
        Cet(Long64, AuditRule.GuestSspLinear, VmcsNatural.GuestSsp, 1ul << 50),
    ];

    private static AuditRow Set(Func<VmcsImage> good, AuditRule rule, Enum field, ulong value) =>
        new(good, rule, field, (v, m) => v[Convert.ToUInt32(field)] = value, $"{good.Method.Name} {field} {value:X}");

    private static AuditRow Cet(Func<VmcsImage> good, AuditRule rule, VmcsNatural field, ulong value) =>
        new(
            good,
            rule,
            field,
            (v, m) =>
            {
                v[Vmcs32.EntryControls] |= (uint)EntryControls.LoadCetState;
                v[field] = value;
            },
            $"{value:X}");

    private static AuditRow Load(AuditRule rule, EntryControls control, Vmcs64 field, ulong value) =>
        new(
            Long64,
            rule,
            field,
            (v, m) =>
            {
                v[Vmcs32.EntryControls] |= (uint)control;
                v[field] = value;
            },
            $"{value:X}");
}
