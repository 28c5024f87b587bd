// Why an entry failed, or would: the manual's checks over a whole VMCS, one function each, stage after stage. SDM 3C
// 28 VM Entries. Within a stage a processor may check in any order; we follow the manual, except that RFLAGS comes
// first in the guest's.

namespace MinusOne.Hv.Audit;

internal static class EntryAudit
{
    // All broken rules that an entry would notice; the first one decides how it fails.
    public static void Run<T>(
        T reader, in VmxCapabilities vmx, in RegisterLimits limits, ref AuditFindings findings)
        where T : struct, IVmcsReader
    {
        var audit = new AuditContext<T>(reader, vmx, limits, ref findings);
        CheckControls(audit);
        HostRules<T>.Check(audit);
        CheckGuest(audit);
        MsrAreaRules<T>.CheckEntryLoad(audit);
    }

    // What no entry notices: MSR areas on which the next exit would abort.
    public static void RunExitAreas<T>(
        T reader, in VmxCapabilities vmx, in RegisterLimits limits, ref AuditFindings findings)
        where T : struct, IVmcsReader
    {
        var audit = new AuditContext<T>(reader, vmx, limits, ref findings);
        MsrAreaRules<T>.CheckExitStore(audit);
        MsrAreaRules<T>.CheckExitLoad(audit);
    }

    private static void CheckControls<T>(in AuditContext<T> audit)
        where T : struct, IVmcsReader
    {
        ExecutionControlRules<T>.CheckWords(audit);
        ApicControlRules<T>.CheckTpr(audit);
        ExecutionControlRules<T>.NmiControls(audit);
        ApicControlRules<T>.CheckInterrupts(audit);
        EptControlRules<T>.Check(audit);
        ExecutionControlRules<T>.CheckFeatures(audit);
        EptControlRules<T>.CheckTertiary(audit);
        ExitControlRules<T>.Check(audit);
        EntryControlRules<T>.Check(audit);
    }

    private static void CheckGuest<T>(in AuditContext<T> audit)
        where T : struct, IVmcsReader
    {
        GuestRegisterRules<T>.Check(audit);
        GuestSegmentRules<T>.Check(audit);
        if (!audit.IsVirtual8086)
        {
            GuestAccessRightsRules<T>.Check(audit);
        }

        GuestSystemSegmentRules<T>.CheckSegments(audit);
        GuestSystemSegmentRules<T>.CheckTables(audit);
        GuestPointerRules<T>.Check(audit);
        GuestActivityRules<T>.Check(audit);
        GuestPendingRules<T>.Check(audit);
    }
}
