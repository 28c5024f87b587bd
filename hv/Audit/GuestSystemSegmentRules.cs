// Checks on the guest's TR, LDTR, GDTR and IDTR. SDM 3C 28.3.1.2 Checks on Guest Segment Registers, 28.3.1.3 Checks
// on Guest Descriptor-Table Registers.

namespace MinusOne.Hv.Audit;

internal static class GuestSystemSegmentRules<T>
    where T : struct, IVmcsReader
{
    private const uint Ldt = 2;
    private const uint BusyTss16 = 3;
    private const uint BusyTss = 11;

    public static void CheckSegments(in AuditContext<T> audit)
    {
        TaskRegister(audit);
        LocalTable(audit);
    }

    public static void CheckTables(in AuditContext<T> audit)
    {
        Table(audit, VmcsNatural.GuestGdtrBase, Vmcs32.GuestGdtrLimit);
        Table(audit, VmcsNatural.GuestIdtrBase, Vmcs32.GuestIdtrLimit);
    }

    private static void TaskRegister(in AuditContext<T> audit)
    {
        const Vmcs32 field = Vmcs32.GuestTrAccessRights;
        SegmentAccessRights rights = audit.Rights(GuestSegment.Tr);
        audit.Require(!rights.IsUnusable, AuditRule.GuestTrUsable, field);
        audit.Require(
            rights.Type == BusyTss || (!audit.IsLongModeGuest && rights.Type == BusyTss16),
            AuditRule.GuestTrType,
            field);
        audit.Require(!rights.IsCodeOrData, AuditRule.GuestSystemSegment, field);
        GuestAccessRightsRules<T>.Common(audit, GuestSegment.Tr);
    }

    private static void LocalTable(in AuditContext<T> audit)
    {
        const Vmcs32 field = Vmcs32.GuestLdtrAccessRights;
        SegmentAccessRights rights = audit.Rights(GuestSegment.Ldtr);
        if (rights.IsUnusable)
        {
            return;
        }

        audit.Require(rights.Type == Ldt, AuditRule.GuestLdtrType, field);
        audit.Require(!rights.IsCodeOrData, AuditRule.GuestSystemSegment, field);
        GuestAccessRightsRules<T>.Common(audit, GuestSegment.Ldtr);
    }

    private static void Table(in AuditContext<T> audit, VmcsNatural origin, Vmcs32 limit)
    {
        audit.Require(audit.Limits.IsCanonical(audit.Read(origin)), AuditRule.GuestTableBase, origin);
        audit.Require(audit.Read(limit) <= 0xFFFF, AuditRule.GuestTableLimit, limit);
    }
}
