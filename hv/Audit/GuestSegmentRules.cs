// Checks on the guest's segment registers: selectors, bases, limits, and what a virtual-8086 guest needs.
// SDM 3C 28.3.1.2 Checks on Guest Segment Registers. Access rights have a file of their own.

namespace MinusOne.Hv.Audit;

internal static class GuestSegmentRules<T>
    where T : struct, IVmcsReader
{
    private const uint TableIndicator = 4;
    private const uint Virtual8086Limit = 0xFFFF;
    private const uint Virtual8086Rights = 0xF3;

    public static void Check(in AuditContext<T> audit)
    {
        Selectors(audit);
        CanonicalBases(audit);
        if (audit.IsVirtual8086)
        {
            Virtual8086(audit);
        }
        else
        {
            UpperBases(audit);
        }
    }

    public static uint Rpl(in AuditContext<T> audit, GuestSegment segment) =>
        audit.Read(GuestSegmentFields.Selector(segment)) & 3u;

    private static void Selectors(in AuditContext<T> audit)
    {
        audit.Require(
            (audit.Read(Vmcs16.GuestTrSelector) & TableIndicator) == 0,
            AuditRule.GuestTrSelectorTable,
            Vmcs16.GuestTrSelector);
        audit.Require(
            audit.Rights(GuestSegment.Ldtr).IsUnusable || (audit.Read(Vmcs16.GuestLdtrSelector) & TableIndicator) == 0,
            AuditRule.GuestLdtrSelectorTable,
            Vmcs16.GuestLdtrSelector);
        audit.Require(
            audit.IsVirtual8086 || audit.IsUnrestricted || Rpl(audit, GuestSegment.Ss) == Rpl(audit, GuestSegment.Cs),
            AuditRule.GuestSsRplIsCsRpl,
            Vmcs16.GuestSsSelector);
    }

    private static void Virtual8086(in AuditContext<T> audit)
    {
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Gs; segment++)
        {
            VmcsNatural origin = GuestSegmentFields.Base(segment);
            Vmcs32 limit = GuestSegmentFields.Limit(segment), rights = GuestSegmentFields.AccessRights(segment);
            ulong expected = (ulong)audit.Read(GuestSegmentFields.Selector(segment)) << 4;
            audit.Require(audit.Read(origin) == expected, AuditRule.GuestVirtual8086Base, origin);
            audit.Require(audit.Read(limit) == Virtual8086Limit, AuditRule.GuestVirtual8086Limit, limit);
            audit.Require(audit.Read(rights) == Virtual8086Rights, AuditRule.GuestVirtual8086Rights, rights);
        }
    }

    // FS, GS and TR whether usable or not.
    private static void CanonicalBases(in AuditContext<T> audit)
    {
        for (GuestSegment segment = GuestSegment.Fs; segment <= GuestSegment.Tr; segment++)
        {
            if (segment != GuestSegment.Ldtr || !audit.Rights(segment).IsUnusable)
            {
                VmcsNatural origin = GuestSegmentFields.Base(segment);
                audit.Require(
                    audit.Limits.IsCanonical(audit.Read(origin)), AuditRule.GuestBaseCanonical, origin);
            }
        }
    }

    private static void UpperBases(in AuditContext<T> audit)
    {
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Ds; segment++)
        {
            if (segment == GuestSegment.Cs || !audit.Rights(segment).IsUnusable)
            {
                VmcsNatural origin = GuestSegmentFields.Base(segment);
                audit.Require(audit.Read(origin) >> 32 == 0, AuditRule.GuestBaseUpper, origin);
            }
        }
    }
}

// Checks on the guest's TR, LDTR, GDTR and IDTR. SDM 3C 28.3.1.2 Checks on Guest Segment Registers, 28.3.1.3 Checks
// on Guest Descriptor-Table Registers.
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
