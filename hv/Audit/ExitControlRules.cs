// Checks on the VM-exit controls. SDM 3C 28.2.1.2 VM-Exit Control Fields.

namespace MinusOne.Hv.Audit;

internal static class ExitControlRules<T>
    where T : struct, IVmcsReader
{
    public static void Check(in AuditContext<T> audit)
    {
        ControlWord(audit);
        SecondaryControlWord(audit);
        TimerSave(audit);
        MsrAreaRules<T>.Place(
            audit,
            Vmcs64.ExitMsrStoreAddress,
            Vmcs32.ExitMsrStoreCount,
            AuditRule.ExitMsrStoreAddress,
            AuditRule.ExitMsrStoreEnd);
        MsrAreaRules<T>.Place(
            audit,
            Vmcs64.ExitMsrLoadAddress,
            Vmcs32.ExitMsrLoadCount,
            AuditRule.ExitMsrLoadAddress,
            AuditRule.ExitMsrLoadEnd);
    }

    private static void ControlWord(in AuditContext<T> audit)
    {
        AllowedControls allowed = audit.Vmx.Exit;
        audit.Require(allowed.HasMustBeOne((uint)audit.Exit), AuditRule.ExitControlsMustBeOne, Vmcs32.ExitControls);
        audit.Require(allowed.MayBeOne((uint)audit.Exit), AuditRule.ExitControlsMustBeZero, Vmcs32.ExitControls);
    }

    private static void SecondaryControlWord(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(ExitControls.ActivateSecondaryControls)
                || (audit.Read(Vmcs64.SecondaryExitControls) & ~audit.Vmx.SecondaryExitMayBeOne) == 0,
            AuditRule.SecondaryExitControlsMustBeZero,
            Vmcs64.SecondaryExitControls);

    private static void TimerSave(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(ExitControls.SavePreemptionTimerValue) || audit.Has(PinControls.PreemptionTimer),
            AuditRule.TimerSaveNeedsTimer,
            Vmcs32.ExitControls);
}
