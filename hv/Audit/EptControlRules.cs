// Checks on VPID, the EPT pointer and the controls that build on EPT. SDM 3C 28.2.1.1 VM-Execution Control Fields.

namespace MinusOne.Hv.Audit;

internal static class EptControlRules<T>
    where T : struct, IVmcsReader
{
    private const ulong PageMask = 0xFFF;

    public static void Check(in AuditContext<T> audit)
    {
        Vpid(audit);
        if (audit.Has(SecondaryControls.EnableEpt))
        {
            var pointer = new EptPointer(audit.Read(Vmcs64.EptPointer));
            PointerMemoryType(audit, pointer);
            PointerWalkLength(audit, pointer);
            PointerAccessedAndDirty(audit, pointer);
            PointerSupervisorShadowStack(audit, pointer);
            PointerReserved(audit, pointer);
        }

        PageModificationLog(audit);
        UnrestrictedGuest(audit);
        ModeBasedExecute(audit);
        SubPagePermissions(audit);
    }

    public static void CheckTertiary(in AuditContext<T> audit)
    {
        Hlat(audit);
        PagingControls(audit);
    }

    private static void Vpid(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(SecondaryControls.EnableVpid) || audit.Read(Vmcs16.VirtualProcessorId) != 0,
            AuditRule.VpidIsZero,
            Vmcs16.VirtualProcessorId);

    private static void PointerMemoryType(in AuditContext<T> audit, EptPointer pointer) =>
        audit.Require(
            (pointer.MemoryType == MemoryType.Uncacheable && audit.Vmx.EptVpid.UncacheableTables)
                || (pointer.MemoryType == MemoryType.WriteBack && audit.Vmx.EptVpid.WriteBackTables),
            AuditRule.EptMemoryType,
            Vmcs64.EptPointer);

    private static void PointerWalkLength(in AuditContext<T> audit, EptPointer pointer) =>
        audit.Require(
            (pointer.Levels == 4 && audit.Vmx.EptVpid.FourLevelWalk)
                || (pointer.Levels == 5 && audit.Vmx.EptVpid.FiveLevelWalk),
            AuditRule.EptWalkLength,
            Vmcs64.EptPointer);

    private static void PointerAccessedAndDirty(in AuditContext<T> audit, EptPointer pointer) =>
        audit.Require(
            !pointer.AccessedAndDirty || audit.Vmx.EptVpid.AccessedAndDirty,
            AuditRule.EptAccessedAndDirty,
            Vmcs64.EptPointer);

    private static void PointerSupervisorShadowStack(in AuditContext<T> audit, EptPointer pointer) =>
        audit.Require(
            !pointer.SupervisorShadowStack || audit.Vmx.EptVpid.SupervisorShadowStack,
            AuditRule.EptSupervisorShadowStack,
            Vmcs64.EptPointer);

    private static void PointerReserved(in AuditContext<T> audit, EptPointer pointer) =>
        audit.Require(audit.IsPhysical(pointer.Raw, 0xF00), AuditRule.EptPointerReserved, Vmcs64.EptPointer);

    private static void PageModificationLog(in AuditContext<T> audit)
    {
        if (audit.Has(SecondaryControls.EnablePml))
        {
            NeedsEpt(audit, AuditRule.PmlNeedsEpt);
            audit.Require(
                audit.IsPhysical(audit.Read(Vmcs64.PmlAddress), PageMask), AuditRule.PmlAddress, Vmcs64.PmlAddress);
        }
    }

    private static void UnrestrictedGuest(in AuditContext<T> audit)
    {
        if (audit.IsUnrestricted)
        {
            NeedsEpt(audit, AuditRule.UnrestrictedGuestNeedsEpt);
        }
    }

    private static void ModeBasedExecute(in AuditContext<T> audit)
    {
        if (audit.Has(SecondaryControls.ModeBasedExecuteControl))
        {
            NeedsEpt(audit, AuditRule.ModeBasedExecuteNeedsEpt);
        }
    }

    private static void SubPagePermissions(in AuditContext<T> audit)
    {
        if (audit.Has(SecondaryControls.SubPageWritePermissions))
        {
            NeedsEpt(audit, AuditRule.SubPagePermissionsNeedEpt);
            audit.Require(
                audit.IsPhysical(audit.Read(Vmcs64.SubPagePermissionTablePointer), PageMask),
                AuditRule.SubPagePermissionTable,
                Vmcs64.SubPagePermissionTablePointer);
        }
    }

    private static void Hlat(in AuditContext<T> audit)
    {
        if (!audit.Has(TertiaryControls.EnableHlat))
        {
            return;
        }

        NeedsEpt(audit, AuditRule.HlatNeedsEpt);
        audit.Require(
            audit.IsPhysical(audit.Read(Vmcs64.HlatPointer), 0xFE7), AuditRule.HlatPointer, Vmcs64.HlatPointer);
        audit.Require(
            audit.Read(Vmcs16.HlatPrefixSize) <= audit.Vmx.EptVpid.MaximumHlatPrefixSize,
            AuditRule.HlatPrefixSize,
            Vmcs16.HlatPrefixSize);
    }

    private static void PagingControls(in AuditContext<T> audit)
    {
        bool ept = audit.Has(SecondaryControls.EnableEpt);
        audit.Require(
            ept || !audit.Has(TertiaryControls.EptPagingWriteControl),
            AuditRule.PagingWriteNeedsEpt,
            Vmcs64.TertiaryControls);
        audit.Require(
            ept || !audit.Has(TertiaryControls.GuestPagingVerification),
            AuditRule.PagingVerificationNeedsEpt,
            Vmcs64.TertiaryControls);
    }

    private static void NeedsEpt(in AuditContext<T> audit, AuditRule rule) =>
        audit.Require(audit.Has(SecondaryControls.EnableEpt), rule, Vmcs32.SecondaryControls);
}
