// Rules about the guest's segment and descriptor-table registers. SDM 3C 28.3.1.2 Checks on Guest Segment Registers,
// 28.3.1.3 Checks on Guest Descriptor-Table Registers. Every rule but CS' own speaks of usable registers only.

using static MinusOne.Hv.Audit.AuditRule;

namespace MinusOne.Hv.Audit;

internal readonly unsafe ref partial struct EntryAudit<T>
{
    private const uint TableIndicator = 4;
    private const uint Virtual8086Limit = 0xFFFF;
    private const uint Virtual8086Rights = 0xF3;

    // Read/write, accessed, expand-up.
    private const uint WritableData = 3;
    private const uint LastNonconforming = 11;
    private const uint Ldt = 2;
    private const uint BusyTss16 = 3;
    private const uint BusyTss = 11;

    private void GuestSegments()
    {
        Require(GuestTrSelectorTable, Vmcs16.GuestTrSelector, (Read(Vmcs16.GuestTrSelector) & TableIndicator) == 0);
        Require(GuestLdtrSelectorTable, Vmcs16.GuestLdtrSelector,
            Rights(GuestSegment.Ldtr).IsUnusable || (Read(Vmcs16.GuestLdtrSelector) & TableIndicator) == 0);
        Require(GuestSsRplIsCsRpl, Vmcs16.GuestSsSelector,
            IsVirtual8086 || IsUnrestricted || Rpl(GuestSegment.Ss) == Rpl(GuestSegment.Cs));

        // FS, GS and TR whether usable or not.
        for (GuestSegment segment = GuestSegment.Fs; segment <= GuestSegment.Tr; segment++)
        {
            if (segment != GuestSegment.Ldtr || !Rights(segment).IsUnusable)
            {
                Canonical(GuestBaseCanonical, GuestSegmentFields.Base(segment));
            }
        }

        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Gs && IsVirtual8086; segment++)
        {
            Virtual8086(segment);
        }

        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Ds && !IsVirtual8086; segment++)
        {
            VmcsNatural origin = GuestSegmentFields.Base(segment);
            Require(GuestBaseUpper, origin, !IsChecked(segment) || Read(origin) >> 32 == 0);
        }
    }

    private void Virtual8086(GuestSegment segment)
    {
        VmcsNatural origin = GuestSegmentFields.Base(segment);
        Vmcs32 limit = GuestSegmentFields.Limit(segment), rights = GuestSegmentFields.AccessRights(segment);
        Require(GuestVirtual8086Base, origin, Read(origin) == Read(GuestSegmentFields.Selector(segment)) << 4);
        Require(GuestVirtual8086Limit, limit, Read(limit) == Virtual8086Limit);
        Require(GuestVirtual8086Rights, rights, Read(rights) == Virtual8086Rights);
    }

    // Access rights of the code, stack and data segments, of a guest that is not in virtual-8086 mode.
    private void GuestRights()
    {
        if (IsVirtual8086)
        {
            return;
        }

        CodeRights(Rights(GuestSegment.Cs), Rights(GuestSegment.Ss).Dpl);
        StackRights(Rights(GuestSegment.Ss));
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Gs; segment++)
        {
            if (!IsChecked(segment))
            {
                continue;
            }

            Require(GuestSegmentIsCodeOrData, GuestSegmentFields.AccessRights(segment), Rights(segment).IsCodeOrData);
            if (segment is not (GuestSegment.Cs or GuestSegment.Ss))
            {
                DataRights(segment, GuestSegmentFields.AccessRights(segment), Rights(segment));
            }

            AnyRights(segment);
        }
    }

    private bool IsChecked(GuestSegment segment) => segment == GuestSegment.Cs || !Rights(segment).IsUnusable;

    private void CodeRights(SegmentAccessRights code, uint stackDpl)
    {
        const Vmcs32 field = Vmcs32.GuestCsAccessRights;
        bool conforming = code.IsConformingOrExpandDown;
        Require(GuestCsType, field, (code.IsCode && code.IsAccessed) || (IsUnrestricted && code.Type == WritableData));
        Require(GuestDataCsDpl, field, code.Type != WritableData || code.Dpl == 0);
        Require(GuestCsDplIsSsDpl, field, !code.IsCode || conforming || code.Dpl == stackDpl);
        Require(GuestCsDplAboveSsDpl, field, !code.IsCode || !conforming || code.Dpl <= stackDpl);
        Require(GuestCsLongAndBig, field, !IsLongModeGuest || !code.IsLong || !code.IsDefaultBig);
    }

    private void StackRights(SegmentAccessRights stack)
    {
        const Vmcs32 field = Vmcs32.GuestSsAccessRights;
        bool mustBeZero = Rights(GuestSegment.Cs).Type == WritableData || !Has(Cr0.ProtectionEnable);
        Require(GuestSsType, field,
            stack.IsUnusable || (!stack.IsCode && stack.IsAccessed && stack.IsWritableOrReadable));
        Require(GuestSsDplIsRpl, field, IsUnrestricted || stack.Dpl == Rpl(GuestSegment.Ss));
        Require(GuestSsDplIsZero, field, !mustBeZero || stack.Dpl == 0);
    }

    private void DataRights(GuestSegment segment, Vmcs32 field, SegmentAccessRights data)
    {
        Require(GuestDataAccessed, field, data.IsAccessed);
        Require(GuestDataReadable, field, !data.IsCode || data.IsWritableOrReadable);
        Require(GuestDataDplBelowRpl, field,
            IsUnrestricted || data.Type > LastNonconforming || data.Dpl >= Rpl(segment));
    }

    // What holds for every segment register, system segments included.
    private void AnyRights(GuestSegment segment)
    {
        Vmcs32 field = GuestSegmentFields.AccessRights(segment);
        SegmentAccessRights rights = Rights(segment);
        ulong limit = Read(GuestSegmentFields.Limit(segment));
        Require(GuestSegmentPresent, field, rights.IsPresent);
        Require(GuestSegmentReserved, field, !rights.HasReservedBits);
        Require(GuestGranularityMustBeClear, field, !rights.HasPageGranularity || (limit & 0xFFF) == 0xFFF);
        Require(GuestGranularityMustBeSet, field, rights.HasPageGranularity || limit >> 20 == 0);
    }

    private void SystemSegments()
    {
        SegmentAccessRights task = Rights(GuestSegment.Tr), table = Rights(GuestSegment.Ldtr);
        Require(GuestTrUsable, Vmcs32.GuestTrAccessRights, !task.IsUnusable);
        Require(GuestTrType, Vmcs32.GuestTrAccessRights,
            task.Type == BusyTss || (!IsLongModeGuest && task.Type == BusyTss16));
        Require(GuestSystemSegment, Vmcs32.GuestTrAccessRights, !task.IsCodeOrData);
        AnyRights(GuestSegment.Tr);
        if (!table.IsUnusable)
        {
            Require(GuestLdtrType, Vmcs32.GuestLdtrAccessRights, table.Type == Ldt);
            Require(GuestSystemSegment, Vmcs32.GuestLdtrAccessRights, !table.IsCodeOrData);
            AnyRights(GuestSegment.Ldtr);
        }

        Canonical(GuestTableBase, VmcsNatural.GuestGdtrBase);
        Canonical(GuestTableBase, VmcsNatural.GuestIdtrBase);
        Require(GuestTableLimit, Vmcs32.GuestGdtrLimit, Read(Vmcs32.GuestGdtrLimit) <= 0xFFFF);
        Require(GuestTableLimit, Vmcs32.GuestIdtrLimit, Read(Vmcs32.GuestIdtrLimit) <= 0xFFFF);
    }
}
