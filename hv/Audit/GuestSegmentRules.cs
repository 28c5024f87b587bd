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
