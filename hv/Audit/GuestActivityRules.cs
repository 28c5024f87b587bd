// Checks on the guest's activity state and interruptibility. SDM 3C 28.3.1.5 Checks on Guest Non-Register State.

namespace MinusOne.Hv.Audit;

internal static class GuestActivityRules<T>
    where T : struct, IVmcsReader
{
    public static void Check(in AuditContext<T> audit)
    {
        var activity = (ActivityState)audit.Read(Vmcs32.GuestActivityState);
        var blocking = new InterruptibilityState(audit.Read(Vmcs32.GuestInterruptibilityState));
        Activity(audit, activity, blocking);
        ActivityBlocksInjection(audit, activity);
        Interruptibility(audit, blocking);
        BlockedInjection(audit, blocking);
        SystemManagementMode(audit, blocking);
        Enclave(audit, blocking);
    }

    private static void Activity(in AuditContext<T> audit, ActivityState activity, InterruptibilityState blocking)
    {
        const Vmcs32 field = Vmcs32.GuestActivityState;
        VmxMisc misc = audit.Vmx.Misc;
        bool supported = activity switch
        {
            ActivityState.Active => true,
            ActivityState.Hlt => misc.HltActivityState,
            ActivityState.Shutdown => misc.ShutdownActivityState,
            ActivityState.WaitForSipi => misc.WaitForSipiActivityState,
            _ => false,
        };
        audit.Require(supported, AuditRule.ActivityUnsupported, field);
        audit.Require(
            activity != ActivityState.Hlt || audit.Rights(GuestSegment.Ss).Dpl == 0,
            AuditRule.ActivityHltNeedsDpl0,
            field);
        audit.Require(
            activity == ActivityState.Active || !(blocking.BlockingBySti || blocking.BlockingByMovSs),
            AuditRule.ActivityNeedsNoBlocking,
            field);
        audit.Require(
            activity != ActivityState.WaitForSipi || !audit.Has(EntryControls.EntryToSmm),
            AuditRule.ActivityWaitForSipiInSmm,
            field);
    }

    // An event that would not wake the processor from the state cannot be injected into it.
    private static void ActivityBlocksInjection(in AuditContext<T> audit, ActivityState activity)
    {
        if (!audit.Injection.IsValid)
        {
            return;
        }

        InterruptionType type = audit.Injection.Type;
        byte vector = audit.Injection.Vector;
        bool isNmi = type == InterruptionType.Nmi;
        bool isException = type == InterruptionType.HardwareException;
        bool isMachineCheck = isException && vector == (byte)ExceptionVector.MachineCheck;
        bool isDebug = isException && vector == (byte)ExceptionVector.Debug;
        bool wakes = activity switch
        {
            ActivityState.Hlt => type is InterruptionType.ExternalInterrupt or InterruptionType.OtherEvent
                || isNmi || isMachineCheck || isDebug,
            ActivityState.Shutdown => isNmi || isMachineCheck,
            ActivityState.WaitForSipi => false,
            _ => true,
        };
        audit.Require(wakes, AuditRule.ActivityBlocksInjection, Vmcs32.GuestActivityState);
    }

    private static void Interruptibility(in AuditContext<T> audit, InterruptibilityState blocking)
    {
        const Vmcs32 field = Vmcs32.GuestInterruptibilityState;
        audit.Require(!blocking.HasReservedBits, AuditRule.InterruptibilityReserved, field);
        audit.Require(!blocking.BlockingBySti || !blocking.BlockingByMovSs, AuditRule.StiAndMovSsBlocking, field);
        audit.Require(
            !blocking.BlockingBySti || (audit.GuestRflags & Rflags.InterruptEnable) != 0,
            AuditRule.StiBlockingNeedsInterruptFlag,
            field);
    }

    // Whether STI blocks an injected NMI is left to the processor; we hold to the strict ones.
    private static void BlockedInjection(in AuditContext<T> audit, InterruptibilityState blocking)
    {
        const Vmcs32 field = Vmcs32.GuestInterruptibilityState;
        bool nmi = audit.Injects(InterruptionType.Nmi);
        audit.Require(
            !audit.Injects(InterruptionType.ExternalInterrupt) || !(blocking.BlockingBySti || blocking.BlockingByMovSs),
            AuditRule.ExternalInterruptBlocked,
            field);
        audit.Require(!nmi || !blocking.BlockingByMovSs, AuditRule.NmiBlockedByMovSs, field);
        audit.Require(!nmi || !blocking.BlockingBySti, AuditRule.NmiBlockedBySti, field);
        audit.Require(
            !nmi || !audit.Has(PinControls.VirtualNmis) || !blocking.BlockingByNmi, AuditRule.VirtualNmiBlocked, field);
    }

    private static void SystemManagementMode(in AuditContext<T> audit, InterruptibilityState blocking)
    {
        const Vmcs32 field = Vmcs32.GuestInterruptibilityState;
        bool entersSmm = audit.Has(EntryControls.EntryToSmm);
        audit.Require(entersSmm || !blocking.BlockingBySmi, AuditRule.SmiBlockingOutsideSmm, field);
        audit.Require(!entersSmm || blocking.BlockingBySmi, AuditRule.SmmEntryNeedsSmiBlocking, field);
    }

    private static void Enclave(in AuditContext<T> audit, InterruptibilityState blocking) =>
        audit.Require(
            !blocking.FromEnclave || (!blocking.BlockingByMovSs && audit.Limits.HasSgx),
            AuditRule.EnclaveInterruption,
            Vmcs32.GuestInterruptibilityState);
}
