// Checks on the access rights of the guest's code, stack and data segments, of a guest that is not in virtual-8086
// mode. SDM 3C 28.3.1.2 Checks on Guest Segment Registers. Every rule but CS' own speaks of usable registers only.

namespace MinusOne.Hv.Audit;

internal static class GuestAccessRightsRules<T>
    where T : struct, IVmcsReader
{
    // Read/write, accessed, expand-up.
    private const uint WritableData = 3;
    private const uint LastNonconforming = 11;

    public static void Check(in AuditContext<T> audit)
    {
        CodeType(audit);
        StackType(audit);
        DataTypes(audit);
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Gs; segment++)
        {
            IsCodeOrData(audit, segment);
        }

        CodePrivilege(audit);
        StackPrivilege(audit);
        DataPrivilege(audit);
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Gs; segment++)
        {
            if (IsChecked(audit, segment))
            {
                Common(audit, segment);
            }
        }

        LongAndBig(audit);
    }

    // What holds for every segment register, system segments included.
    public static void Common(in AuditContext<T> audit, GuestSegment segment)
    {
        Vmcs32 field = GuestSegmentFields.AccessRights(segment);
        SegmentAccessRights rights = audit.Rights(segment);
        uint limit = audit.Read(GuestSegmentFields.Limit(segment));
        audit.Require(rights.IsPresent, AuditRule.GuestSegmentPresent, field);
        audit.Require(!rights.HasReservedBits, AuditRule.GuestSegmentReserved, field);
        audit.Require(
            !rights.HasPageGranularity || (limit & 0xFFF) == 0xFFF, AuditRule.GuestGranularityMustBeClear, field);
        audit.Require(rights.HasPageGranularity || limit >> 20 == 0, AuditRule.GuestGranularityMustBeSet, field);
    }

    private static bool IsChecked(in AuditContext<T> audit, GuestSegment segment) =>
        segment == GuestSegment.Cs || !audit.Rights(segment).IsUnusable;

    private static void CodeType(in AuditContext<T> audit)
    {
        SegmentAccessRights rights = audit.Rights(GuestSegment.Cs);
        audit.Require(
            (rights.IsCode && rights.IsAccessed) || (audit.IsUnrestricted && rights.Type == WritableData),
            AuditRule.GuestCsType,
            Vmcs32.GuestCsAccessRights);
    }

    private static void StackType(in AuditContext<T> audit)
    {
        SegmentAccessRights rights = audit.Rights(GuestSegment.Ss);
        audit.Require(
            rights.IsUnusable || (!rights.IsCode && rights.IsAccessed && rights.IsWritableOrReadable),
            AuditRule.GuestSsType,
            Vmcs32.GuestSsAccessRights);
    }

    private static void DataTypes(in AuditContext<T> audit)
    {
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Gs; segment++)
        {
            SegmentAccessRights rights = audit.Rights(segment);
            if (IsData(segment) && !rights.IsUnusable)
            {
                Vmcs32 field = GuestSegmentFields.AccessRights(segment);
                audit.Require(rights.IsAccessed, AuditRule.GuestDataAccessed, field);
                audit.Require(
                    !rights.IsCode || rights.IsWritableOrReadable, AuditRule.GuestDataReadable, field);
            }
        }
    }

    private static void IsCodeOrData(in AuditContext<T> audit, GuestSegment segment) =>
        audit.Require(
            !IsChecked(audit, segment) || audit.Rights(segment).IsCodeOrData,
            AuditRule.GuestSegmentIsCodeOrData,
            GuestSegmentFields.AccessRights(segment));

    private static void CodePrivilege(in AuditContext<T> audit)
    {
        const Vmcs32 field = Vmcs32.GuestCsAccessRights;
        SegmentAccessRights code = audit.Rights(GuestSegment.Cs);
        uint stackDpl = audit.Rights(GuestSegment.Ss).Dpl;
        audit.Require(code.Type != WritableData || code.Dpl == 0, AuditRule.GuestDataCsDpl, field);
        audit.Require(
            !code.IsCode || code.IsConformingOrExpandDown || code.Dpl == stackDpl, AuditRule.GuestCsDplIsSsDpl, field);
        audit.Require(
            !code.IsCode || !code.IsConformingOrExpandDown || code.Dpl <= stackDpl,
            AuditRule.GuestCsDplAboveSsDpl,
            field);
    }

    private static void StackPrivilege(in AuditContext<T> audit)
    {
        const Vmcs32 field = Vmcs32.GuestSsAccessRights;
        uint dpl = audit.Rights(GuestSegment.Ss).Dpl;
        bool mustBeZero = audit.Rights(GuestSegment.Cs).Type == WritableData
            || (audit.GuestCr0 & Cr0.ProtectionEnable) == 0;
        audit.Require(
            audit.IsUnrestricted || dpl == GuestSegmentRules<T>.Rpl(audit, GuestSegment.Ss),
            AuditRule.GuestSsDplIsRpl,
            field);
        audit.Require(!mustBeZero || dpl == 0, AuditRule.GuestSsDplIsZero, field);
    }

    private static void DataPrivilege(in AuditContext<T> audit)
    {
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Gs; segment++)
        {
            SegmentAccessRights rights = audit.Rights(segment);
            if (IsData(segment) && !rights.IsUnusable && !audit.IsUnrestricted)
            {
                audit.Require(
                    rights.Type > LastNonconforming || rights.Dpl >= GuestSegmentRules<T>.Rpl(audit, segment),
                    AuditRule.GuestDataDplBelowRpl,
                    GuestSegmentFields.AccessRights(segment));
            }
        }
    }

    private static void LongAndBig(in AuditContext<T> audit)
    {
        SegmentAccessRights rights = audit.Rights(GuestSegment.Cs);
        audit.Require(
            !audit.IsLongModeGuest || !rights.IsLong || !rights.IsDefaultBig,
            AuditRule.GuestCsLongAndBig,
            Vmcs32.GuestCsAccessRights);
    }

    private static bool IsData(GuestSegment segment) => segment is not (GuestSegment.Cs or GuestSegment.Ss);
}
