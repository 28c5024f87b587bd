// Checks on the VM-execution controls, except those of APIC virtualisation and EPT. SDM 3C 28.2.1.1 VM-Execution
// Control Fields.

namespace MinusOne.Hv.Audit;

internal static class ExecutionControlRules<T>
    where T : struct, IVmcsReader
{
    private const ulong PageMask = 0xFFF;

    public static void CheckWords(in AuditContext<T> audit)
    {
        PinControlWord(audit);
        PrimaryControlWord(audit);
        SecondaryControlWord(audit);
        TertiaryControlWord(audit);
        Cr3TargetCount(audit);
        IoBitmaps(audit);
        MsrBitmaps(audit);
    }

    public static void CheckFeatures(in AuditContext<T> audit)
    {
        VmFunctions(audit);
        EptpSwitching(audit);
        VmcsShadowing(audit);
        VirtualizationException(audit);
        PtAddresses(audit);
        TscMultiplier(audit);
        PasidDirectories(audit);
    }

    public static void NmiControls(in AuditContext<T> audit)
    {
        audit.Require(
            !audit.Has(PinControls.VirtualNmis) || audit.Has(PinControls.NmiExiting),
            AuditRule.VirtualNmisNeedNmiExiting,
            Vmcs32.PinControls);
        audit.Require(
            !audit.Has(PrimaryControls.NmiWindowExiting) || audit.Has(PinControls.VirtualNmis),
            AuditRule.NmiWindowNeedsVirtualNmis,
            Vmcs32.PrimaryControls);
    }

    private static void PinControlWord(in AuditContext<T> audit)
    {
        AllowedControls allowed = audit.Vmx.Pin;
        audit.Require(allowed.HasMustBeOne((uint)audit.Pin), AuditRule.PinControlsMustBeOne, Vmcs32.PinControls);
        audit.Require(allowed.MayBeOne((uint)audit.Pin), AuditRule.PinControlsMustBeZero, Vmcs32.PinControls);
    }

    private static void PrimaryControlWord(in AuditContext<T> audit)
    {
        AllowedControls allowed = audit.Vmx.Primary;
        uint word = (uint)audit.Primary;
        audit.Require(allowed.HasMustBeOne(word), AuditRule.PrimaryControlsMustBeOne, Vmcs32.PrimaryControls);
        audit.Require(allowed.MayBeOne(word), AuditRule.PrimaryControlsMustBeZero, Vmcs32.PrimaryControls);
    }

    private static void SecondaryControlWord(in AuditContext<T> audit)
    {
        AllowedControls allowed = audit.Vmx.Secondary;
        uint word = (uint)audit.Secondary;
        bool used = audit.Has(PrimaryControls.ActivateSecondaryControls);
        audit.Require(
            !used || allowed.HasMustBeOne(word), AuditRule.SecondaryControlsMustBeOne, Vmcs32.SecondaryControls);
        audit.Require(allowed.MayBeOne(word), AuditRule.SecondaryControlsMustBeZero, Vmcs32.SecondaryControls);
    }

    private static void TertiaryControlWord(in AuditContext<T> audit) =>
        audit.Require(
            ((ulong)audit.Tertiary & ~audit.Vmx.TertiaryMayBeOne) == 0,
            AuditRule.TertiaryControlsMustBeZero,
            Vmcs64.TertiaryControls);

    private static void Cr3TargetCount(in AuditContext<T> audit) =>
        audit.Require(
            audit.Read(Vmcs32.Cr3TargetCount) <= audit.Vmx.Misc.Cr3TargetCount,
            AuditRule.Cr3TargetCount,
            Vmcs32.Cr3TargetCount);

    private static void IoBitmaps(in AuditContext<T> audit)
    {
        if (audit.Has(PrimaryControls.UseIoBitmaps))
        {
            Page(audit, AuditRule.IoBitmapAddress, Vmcs64.IoBitmapA);
            Page(audit, AuditRule.IoBitmapAddress, Vmcs64.IoBitmapB);
        }
    }

    private static void MsrBitmaps(in AuditContext<T> audit)
    {
        if (audit.Has(PrimaryControls.UseMsrBitmaps))
        {
            Page(audit, AuditRule.MsrBitmapAddress, Vmcs64.MsrBitmaps);
        }
    }

    private static void VmFunctions(in AuditContext<T> audit)
    {
        if (audit.Has(SecondaryControls.EnableVmFunctions))
        {
            ulong functions = audit.Read(Vmcs64.VmFunctionControls);
            audit.Require(
                (functions & ~audit.Vmx.VmFunctions) == 0, AuditRule.VmFunctionsReserved, Vmcs64.VmFunctionControls);
        }
    }

    private static void EptpSwitching(in AuditContext<T> audit)
    {
        const ulong switching = (ulong)VmFunctionControls.EptpSwitching;
        if (audit.Has(SecondaryControls.EnableVmFunctions)
            && (audit.Read(Vmcs64.VmFunctionControls) & switching) != 0)
        {
            audit.Require(
                audit.Has(SecondaryControls.EnableEpt), AuditRule.EptpSwitchingNeedsEpt, Vmcs64.VmFunctionControls);
            Page(audit, AuditRule.EptpListAddress, Vmcs64.EptpListAddress);
        }
    }

    private static void VmcsShadowing(in AuditContext<T> audit)
    {
        if (audit.Has(SecondaryControls.VmcsShadowing))
        {
            Page(audit, AuditRule.VmReadBitmapAddress, Vmcs64.VmReadBitmapAddress);
            Page(audit, AuditRule.VmWriteBitmapAddress, Vmcs64.VmWriteBitmapAddress);
        }
    }

    private static void VirtualizationException(in AuditContext<T> audit)
    {
        if (audit.Has(SecondaryControls.EptViolationException))
        {
            Page(audit, AuditRule.VirtualizationExceptionAddress, Vmcs64.VirtualizationExceptionInformationAddress);
        }
    }

    private static void PtAddresses(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(SecondaryControls.PtUsesGuestPhysicalAddresses)
                || (audit.Has(SecondaryControls.EnableEpt)
                    && audit.Has(EntryControls.LoadRtitCtl)
                    && audit.Has(ExitControls.ClearRtitCtl)),
            AuditRule.PtNeedsEptAndRtitControls,
            Vmcs32.SecondaryControls);

    private static void TscMultiplier(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(SecondaryControls.UseTscScaling) || audit.Read(Vmcs64.TscMultiplier) != 0,
            AuditRule.TscMultiplierIsZero,
            Vmcs64.TscMultiplier);

    private static void PasidDirectories(in AuditContext<T> audit)
    {
        if (audit.Has(SecondaryControls.PasidTranslation))
        {
            Page(audit, AuditRule.PasidDirectoryAddress, Vmcs64.LowPasidDirectoryAddress);
            Page(audit, AuditRule.PasidDirectoryAddress, Vmcs64.HighPasidDirectoryAddress);
        }
    }

    private static void Page(in AuditContext<T> audit, AuditRule rule, Vmcs64 field) =>
        audit.Require(audit.IsPhysical(audit.Read(field), PageMask), rule, field);
}
