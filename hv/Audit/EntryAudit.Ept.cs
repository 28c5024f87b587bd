// Rules about VPID, the EPT pointer and the controls that build on EPT. SDM 3C 28.2.1.1 VM-Execution Control Fields.

using static MinusOne.Hv.Audit.AuditRule;

namespace MinusOne.Hv.Audit;

internal readonly unsafe ref partial struct EntryAudit<T>
{
    private void Ept()
    {
        Require(VpidIsZero, Vmcs16.VirtualProcessorId,
            !Has(SecondaryControls.EnableVpid) || Read(Vmcs16.VirtualProcessorId) != 0);
        if (Has(SecondaryControls.EnableEpt))
        {
            Pointer(new EptPointer(Read(Vmcs64.EptPointer)), _vmx.EptVpid);
        }

        NeedsEpt(PmlNeedsEpt, SecondaryControls.EnablePml);
        Page(PmlAddress, Vmcs64.PmlAddress, Has(SecondaryControls.EnablePml));
        NeedsEpt(UnrestrictedGuestNeedsEpt, SecondaryControls.UnrestrictedGuest);
        NeedsEpt(ModeBasedExecuteNeedsEpt, SecondaryControls.ModeBasedExecuteControl);
        NeedsEpt(SubPagePermissionsNeedEpt, SecondaryControls.SubPageWritePermissions);
        Page(SubPagePermissionTable, Vmcs64.SubPagePermissionTablePointer,
            Has(SecondaryControls.SubPageWritePermissions));
    }

    private void Pointer(EptPointer pointer, EptVpidCapabilities has)
    {
        const Vmcs64 field = Vmcs64.EptPointer;
        Require(EptMemoryType, field, pointer.MemoryType switch
        {
            MemoryType.Uncacheable => has.UncacheableTables,
            MemoryType.WriteBack => has.WriteBackTables,
            _ => false,
        });
        Require(EptWalkLength, field, pointer.Levels switch
        {
            4 => has.FourLevelWalk,
            5 => has.FiveLevelWalk,
            _ => false,
        });
        Require(EptAccessedAndDirty, field, !pointer.AccessedAndDirty || has.AccessedAndDirty);
        Require(EptSupervisorShadowStack, field, !pointer.SupervisorShadowStack || has.SupervisorShadowStack);
        Require(EptPointerReserved, field, IsPhysical(pointer.Raw, 0xF00));
    }

    private void TertiaryFeatures()
    {
        bool ept = Has(SecondaryControls.EnableEpt), hlat = Has(TertiaryControls.EnableHlat);
        Require(HlatNeedsEpt, Vmcs32.SecondaryControls, !hlat || ept);
        Require(HlatPointer, Vmcs64.HlatPointer, !hlat || IsPhysical(Read(Vmcs64.HlatPointer), 0xFE7));
        Require(HlatPrefixSize, Vmcs16.HlatPrefixSize,
            !hlat || Read(Vmcs16.HlatPrefixSize) <= _vmx.EptVpid.MaximumHlatPrefixSize);
        Require(PagingWriteNeedsEpt, Vmcs64.TertiaryControls, ept || !Has(TertiaryControls.EptPagingWriteControl));
        Require(PagingVerificationNeedsEpt, Vmcs64.TertiaryControls,
            ept || !Has(TertiaryControls.GuestPagingVerification));
    }

    private void NeedsEpt(AuditRule rule, SecondaryControls control) =>
        Require(rule, Vmcs32.SecondaryControls, !Has(control) || Has(SecondaryControls.EnableEpt));
}
