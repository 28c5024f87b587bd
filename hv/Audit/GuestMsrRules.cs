// Checks on the guest's MSRs that have a field of their own. SDM 3C 28.3.1.1 Checks on Guest Control Registers, Debug
// Registers, and MSRs.

namespace MinusOne.Hv.Audit;

internal static class GuestMsrRules<T>
    where T : struct, IVmcsReader
{
    public static void Check(in AuditContext<T> audit)
    {
        Sysenter(audit);
        CetState(audit);
        PerfGlobalCtrl(audit);
        Pat(audit);
        ExtendedFeatures(audit);
        BndCfgs(audit);
        RtitCtl(audit);
        LbrCtl(audit);
        ProtectionKeys(audit);
        UserInterrupts(audit);
    }

    public static void DebugCtl(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(EntryControls.LoadDebugControls)
                || MsrValue.IsDebugCtl(audit.Read(Vmcs64.GuestDebugCtl), audit.Limits),
            AuditRule.GuestDebugCtlReserved,
            Vmcs64.GuestDebugCtl);

    private static void Sysenter(in AuditContext<T> audit)
    {
        Canonical(audit, AuditRule.GuestSysenterAddress, VmcsNatural.GuestSysenterEsp);
        Canonical(audit, AuditRule.GuestSysenterAddress, VmcsNatural.GuestSysenterEip);
    }

    private static void CetState(in AuditContext<T> audit)
    {
        if (!audit.Has(EntryControls.LoadCetState))
        {
            return;
        }

        ulong cet = audit.Read(VmcsNatural.GuestSCet);
        audit.Require(
            MsrValue.IsCet(cet, audit.Limits) && (audit.IsLongModeGuest || cet >> 32 == 0),
            AuditRule.GuestSCet,
            VmcsNatural.GuestSCet);
        Canonical(audit, AuditRule.GuestInterruptSspTable, VmcsNatural.GuestInterruptSspTableAddress);
    }

    private static void PerfGlobalCtrl(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(EntryControls.LoadPerfGlobalCtrl)
                || MsrValue.IsPerfGlobalCtrl(audit.Read(Vmcs64.GuestPerfGlobalCtrl), audit.Limits),
            AuditRule.GuestPerfGlobalCtrl,
            Vmcs64.GuestPerfGlobalCtrl);

    private static void Pat(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(EntryControls.LoadPat) || MsrValue.IsPat(audit.Read(Vmcs64.GuestPat)),
            AuditRule.GuestPat,
            Vmcs64.GuestPat);

    // LME may differ from LMA as long as paging is off.
    private static void ExtendedFeatures(in AuditContext<T> audit)
    {
        if (!audit.Has(EntryControls.LoadEfer))
        {
            return;
        }

        var efer = (Efer)audit.Read(Vmcs64.GuestEfer);
        bool active = (efer & Efer.LongModeActive) != 0, enabled = (efer & Efer.LongModeEnable) != 0;
        audit.Require(MsrValue.IsEfer((ulong)efer, audit.Limits), AuditRule.GuestEferReserved, Vmcs64.GuestEfer);
        audit.Require(active == audit.IsLongModeGuest, AuditRule.GuestEferLongModeActive, Vmcs64.GuestEfer);
        audit.Require(
            active == enabled || (audit.GuestCr0 & Cr0.Paging) == 0,
            AuditRule.GuestEferLongModeEnable,
            Vmcs64.GuestEfer);
    }

    private static void BndCfgs(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(EntryControls.LoadBndCfgs)
                || MsrValue.IsBndCfgs(audit.Read(Vmcs64.GuestBndCfgs), audit.Limits),
            AuditRule.GuestBndCfgs,
            Vmcs64.GuestBndCfgs);

    private static void RtitCtl(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(EntryControls.LoadRtitCtl) || MsrValue.IsRtitCtl(audit.Read(Vmcs64.GuestRtitCtl)),
            AuditRule.GuestRtitCtl,
            Vmcs64.GuestRtitCtl);

    private static void LbrCtl(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(EntryControls.LoadLbrCtl) || MsrValue.IsLbrCtl(audit.Read(Vmcs64.GuestLbrCtl)),
            AuditRule.GuestLbrCtl,
            Vmcs64.GuestLbrCtl);

    private static void ProtectionKeys(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(EntryControls.LoadPkrs) || MsrValue.IsPkrs(audit.Read(Vmcs64.GuestPkrs)),
            AuditRule.GuestPkrs,
            Vmcs64.GuestPkrs);

    private static void UserInterrupts(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(EntryControls.LoadUserInterruptNotificationVector)
                || audit.Read(Vmcs16.GuestUserInterruptNotificationVector) <= 0xFF,
            AuditRule.GuestUserInterruptVector,
            Vmcs16.GuestUserInterruptNotificationVector);

    private static void Canonical(in AuditContext<T> audit, AuditRule rule, VmcsNatural field) =>
        audit.Require(audit.Limits.IsCanonical(audit.Read(field)), rule, field);
}
