// Broken VPIDs, EPT pointers and what builds on EPT, one rule each. SDM 3C 28.2.1.1 VM-Execution Control Fields.

using MinusOne.Tests.Model;
using static MinusOne.Tests.Model.GoodVmcs;
using static MinusOne.Tests.Unit.Vmx.Auditor.ExecutionRows;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

internal static class EptRows
{
    public static AuditRow[] All =>
    [
        new(
            Long64,
            AuditRule.VpidIsZero,
            Vmcs16.VirtualProcessorId,
            (v, m) => v[Vmcs16.VirtualProcessorId] = 0),
        Pointer(AuditRule.EptMemoryType, 0x2_0059, "write-combining"),
        Missing(AuditRule.EptMemoryType, 0x2_005E, 1ul << 14, "no write-back"),
        Missing(AuditRule.EptMemoryType, 0x2_0058, 1ul << 8, "no uncacheable"),
        Pointer(AuditRule.EptWalkLength, 0x2_0056, "three levels"),
        Missing(AuditRule.EptWalkLength, 0x2_005E, 1ul << 6, "no four levels"),
        Missing(AuditRule.EptWalkLength, 0x2_0066, 1ul << 7, "no five levels"),
        Missing(AuditRule.EptAccessedAndDirty, 0x2_005E, 1ul << 21, "not there"),
        Missing(AuditRule.EptSupervisorShadowStack, 0x2_00DE, 1ul << 23, "not there"),
        Pointer(AuditRule.EptPointerReserved, 0x2_015E, "bit 8"),
        Pointer(AuditRule.EptPointerReserved, 0x2_085E, "bit 11"),
        Pointer(AuditRule.EptPointerReserved, 0x100_0002_005E, "bit 40"),
        WithoutEpt(SecondaryControls.EnablePml, AuditRule.PmlNeedsEpt),
        WithoutEpt(SecondaryControls.UnrestrictedGuest, AuditRule.UnrestrictedGuestNeedsEpt),
        WithoutEpt(SecondaryControls.ModeBasedExecuteControl, AuditRule.ModeBasedExecuteNeedsEpt),
        WithoutEpt(SecondaryControls.SubPageWritePermissions, AuditRule.SubPagePermissionsNeedEpt),
        WithoutEpt(TertiaryControls.EnableHlat, AuditRule.HlatNeedsEpt, Vmcs32.SecondaryControls),
        WithoutEpt(TertiaryControls.EptPagingWriteControl, AuditRule.PagingWriteNeedsEpt, Vmcs64.TertiaryControls),
        WithoutEpt(
            TertiaryControls.GuestPagingVerification,
            AuditRule.PagingVerificationNeedsEpt,
            Vmcs64.TertiaryControls),
        new(
            Long64,
            AuditRule.HlatPointer,
            Vmcs64.HlatPointer,
            (v, m) =>
            {
                SetTertiary(v, TertiaryControls.EnableHlat);
                v[Vmcs64.HlatPointer] = 0x1_5001;
            }),
        new(
            Long64,
            AuditRule.HlatPrefixSize,
            Vmcs16.HlatPrefixSize,
            (v, m) =>
            {
                SetTertiary(v, TertiaryControls.EnableHlat);
                v[Vmcs16.HlatPrefixSize] = 53;
            }),
    ];

    private static AuditRow Pointer(AuditRule rule, ulong pointer, string note) =>
        new(Long64, rule, Vmcs64.EptPointer, (v, m) => v[Vmcs64.EptPointer] = pointer, note);

    private static AuditRow Missing(AuditRule rule, ulong pointer, ulong capability, string note) =>
        new(
            Long64,
            rule,
            Vmcs64.EptPointer,
            (v, m) =>
            {
                v[Vmcs64.EptPointer] = pointer;
                m.Vmx.EptVpid = new EptVpidCapabilities(m.Vmx.EptVpid.Raw & ~capability);
            },
            note);

    private static AuditRow WithoutEpt(SecondaryControls control, AuditRule rule) =>
        new(
            Long64,
            rule,
            Vmcs32.SecondaryControls,
            (v, m) =>
            {
                Set(v, control);
                Clear(v, SecondaryControls.EnableEpt);
            });

    private static AuditRow WithoutEpt(TertiaryControls control, AuditRule rule, System.Enum field) =>
        new(
            Long64,
            rule,
            field,
            (v, m) =>
            {
                SetTertiary(v, control);
                Clear(v, SecondaryControls.EnableEpt);
            });
}
