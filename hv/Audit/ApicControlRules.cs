// Checks on the controls of APIC virtualisation. SDM 3C 28.2.1.1 VM-Execution Control Fields.

namespace MinusOne.Hv.Audit;

internal static class ApicControlRules<T>
    where T : struct, IVmcsReader
{
    private const ulong PageMask = 0xFFF;

    // Offset of the virtual TPR in the virtual-APIC page.
    private const ulong Vtpr = 0x80;

    public static void CheckTpr(in AuditContext<T> audit)
    {
        VirtualApicAddress(audit);
        TprThresholdReserved(audit);
        TprThresholdAboveVtpr(audit);
        NeedsTprShadow(audit);
    }

    public static void CheckInterrupts(in AuditContext<T> audit)
    {
        ApicAccessAddress(audit);
        X2ApicMode(audit);
        VirtualInterrupts(audit);
        PostedInterrupts(audit);
        PidPointerTable(audit);
    }

    private static void VirtualApicAddress(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(PrimaryControls.UseTprShadow) || IsPage(audit, Vmcs64.VirtualApicAddress),
            AuditRule.VirtualApicAddress,
            Vmcs64.VirtualApicAddress);

    private static bool UsesTprThreshold(in AuditContext<T> audit) =>
        audit.Has(PrimaryControls.UseTprShadow) && !audit.Has(SecondaryControls.VirtualInterruptDelivery);

    private static void TprThresholdReserved(in AuditContext<T> audit) =>
        audit.Require(
            !UsesTprThreshold(audit) || audit.Read(Vmcs32.TprThreshold) <= 0xF,
            AuditRule.TprThresholdReserved,
            Vmcs32.TprThreshold);

    private static void TprThresholdAboveVtpr(in AuditContext<T> audit)
    {
        if (!UsesTprThreshold(audit)
            || audit.Has(SecondaryControls.VirtualizeApicAccesses)
            || !IsPage(audit, Vmcs64.VirtualApicAddress)
            || !audit.TryRead(audit.Read(Vmcs64.VirtualApicAddress) + Vtpr, out ulong vtpr))
        {
            return;
        }

        audit.Require(
            (audit.Read(Vmcs32.TprThreshold) & 0xF) <= ((vtpr >> 4) & 0xF),
            AuditRule.TprThresholdAboveVtpr,
            Vmcs32.TprThreshold);
    }

    private static void NeedsTprShadow(in AuditContext<T> audit)
    {
        const SecondaryControls needing = SecondaryControls.VirtualizeX2ApicMode
            | SecondaryControls.ApicRegisterVirtualization
            | SecondaryControls.VirtualInterruptDelivery;
        bool shadow = audit.Has(PrimaryControls.UseTprShadow);
        audit.Require(
            shadow || (audit.Secondary & needing) == 0,
            AuditRule.ApicVirtualizationNeedsTprShadow,
            Vmcs32.SecondaryControls);
        audit.Require(
            shadow || !audit.Has(TertiaryControls.IpiVirtualization),
            AuditRule.ApicVirtualizationNeedsTprShadow,
            Vmcs64.TertiaryControls);
    }

    private static void ApicAccessAddress(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(SecondaryControls.VirtualizeApicAccesses) || IsPage(audit, Vmcs64.ApicAccessAddress),
            AuditRule.ApicAccessAddress,
            Vmcs64.ApicAccessAddress);

    private static void X2ApicMode(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(SecondaryControls.VirtualizeX2ApicMode | SecondaryControls.VirtualizeApicAccesses),
            AuditRule.X2ApicModeExcludesApicAccesses,
            Vmcs32.SecondaryControls);

    private static void VirtualInterrupts(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Has(SecondaryControls.VirtualInterruptDelivery) || audit.Has(PinControls.ExternalInterruptExiting),
            AuditRule.VirtualInterruptsNeedInterruptExiting,
            Vmcs32.PinControls);

    private static void PostedInterrupts(in AuditContext<T> audit)
    {
        if (!audit.Has(PinControls.PostedInterrupts))
        {
            return;
        }

        audit.Require(
            audit.Has(SecondaryControls.VirtualInterruptDelivery),
            AuditRule.PostedInterruptsNeedVirtualInterrupts,
            Vmcs32.SecondaryControls);
        audit.Require(
            audit.Has(ExitControls.AcknowledgeInterruptOnExit),
            AuditRule.PostedInterruptsNeedAcknowledge,
            Vmcs32.ExitControls);
        audit.Require(
            audit.Read(Vmcs16.PostedInterruptNotificationVector) <= 0xFF,
            AuditRule.PostedInterruptVector,
            Vmcs16.PostedInterruptNotificationVector);
        audit.Require(
            audit.IsPhysical(audit.Read(Vmcs64.PostedInterruptDescriptorAddress), 0x3F),
            AuditRule.PostedInterruptDescriptorAddress,
            Vmcs64.PostedInterruptDescriptorAddress);
    }

    private static void PidPointerTable(in AuditContext<T> audit)
    {
        if (audit.Has(TertiaryControls.IpiVirtualization))
        {
            ulong table = audit.Read(Vmcs64.PidPointerTableAddress);
            ulong last = table + (8 * (ulong)audit.Read(Vmcs16.LastPidPointerIndex)) + 7;
            audit.Require(
                audit.IsPhysical(table, 7) && audit.IsPhysical(last, 0),
                AuditRule.PidPointerTableAddress,
                Vmcs64.PidPointerTableAddress);
        }
    }

    private static bool IsPage(in AuditContext<T> audit, Vmcs64 field) => audit.IsPhysical(audit.Read(field), PageMask);
}
