// Rules about the VM-execution controls. SDM 3C 28.2.1.1 VM-Execution Control Fields.

using static MinusOne.Hv.Audit.AuditRule;

namespace MinusOne.Hv.Audit;

internal readonly unsafe ref partial struct EntryAudit<T>
{
    // Offset of the virtual TPR in the virtual-APIC page.
    private const ulong Vtpr = 0x80;

    private void ExecutionWords()
    {
        Word(PinControlsMustBeOne, PinControlsMustBeZero, Vmcs32.PinControls, _vmx.Pin, (uint)_pin);
        Word(PrimaryControlsMustBeOne, PrimaryControlsMustBeZero, Vmcs32.PrimaryControls, _vmx.Primary, (uint)_primary);
        if (Has(PrimaryControls.ActivateSecondaryControls))
        {
            Word(SecondaryControlsMustBeOne, SecondaryControlsMustBeZero, Vmcs32.SecondaryControls, _vmx.Secondary,
                (uint)_secondary);
        }

        Require(TertiaryControlsMustBeZero, Vmcs64.TertiaryControls, ((ulong)_tertiary & ~_vmx.TertiaryMayBeOne) == 0);
        Require(Cr3TargetCount, Vmcs32.Cr3TargetCount, Read(Vmcs32.Cr3TargetCount) <= _vmx.Misc.Cr3TargetCount);
        Page(IoBitmapAddress, Vmcs64.IoBitmapA, Has(PrimaryControls.UseIoBitmaps));
        Page(IoBitmapAddress, Vmcs64.IoBitmapB, Has(PrimaryControls.UseIoBitmaps));
        Page(MsrBitmapAddress, Vmcs64.MsrBitmaps, Has(PrimaryControls.UseMsrBitmaps));
    }

    private void TprShadow()
    {
        const SecondaryControls needing = SecondaryControls.VirtualizeX2ApicMode
            | SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery;
        bool shadow = Has(PrimaryControls.UseTprShadow);
        bool threshold = shadow && !Has(SecondaryControls.VirtualInterruptDelivery);
        ulong tpr = threshold ? Read(Vmcs32.TprThreshold) : 0;
        Page(VirtualApicAddress, Vmcs64.VirtualApicAddress, shadow);
        Require(TprThresholdReserved, Vmcs32.TprThreshold, tpr <= 0xF);
        if (threshold && !Has(SecondaryControls.VirtualizeApicAccesses) && IsPage(Vmcs64.VirtualApicAddress)
            && TryRead(Read(Vmcs64.VirtualApicAddress) + Vtpr, out ulong vtpr))
        {
            Require(TprThresholdAboveVtpr, Vmcs32.TprThreshold, (tpr & 0xF) <= ((vtpr >> 4) & 0xF));
        }

        Require(ApicVirtualizationNeedsTprShadow, Vmcs32.SecondaryControls, shadow || (_secondary & needing) == 0);
        Require(ApicVirtualizationNeedsTprShadow, Vmcs64.TertiaryControls,
            shadow || !Has(TertiaryControls.IpiVirtualization));
    }

    private void NmiControls()
    {
        Require(VirtualNmisNeedNmiExiting, Vmcs32.PinControls,
            !Has(PinControls.VirtualNmis) || Has(PinControls.NmiExiting));
        Require(NmiWindowNeedsVirtualNmis, Vmcs32.PrimaryControls,
            !Has(PrimaryControls.NmiWindowExiting) || Has(PinControls.VirtualNmis));
    }

    private void InterruptControls()
    {
        bool delivery = Has(SecondaryControls.VirtualInterruptDelivery), posted = Has(PinControls.PostedInterrupts);
        Page(ApicAccessAddress, Vmcs64.ApicAccessAddress, Has(SecondaryControls.VirtualizeApicAccesses));
        Require(X2ApicModeExcludesApicAccesses, Vmcs32.SecondaryControls,
            !Has(SecondaryControls.VirtualizeX2ApicMode | SecondaryControls.VirtualizeApicAccesses));
        Require(VirtualInterruptsNeedInterruptExiting, Vmcs32.PinControls,
            !delivery || Has(PinControls.ExternalInterruptExiting));
        Require(PostedInterruptsNeedVirtualInterrupts, Vmcs32.SecondaryControls, !posted || delivery);
        Require(PostedInterruptsNeedAcknowledge, Vmcs32.ExitControls,
            !posted || Has(ExitControls.AcknowledgeInterruptOnExit));
        Require(PostedInterruptVector, Vmcs16.PostedInterruptNotificationVector,
            !posted || Read(Vmcs16.PostedInterruptNotificationVector) <= 0xFF);
        Require(PostedInterruptDescriptorAddress, Vmcs64.PostedInterruptDescriptorAddress,
            !posted || IsPhysical(Read(Vmcs64.PostedInterruptDescriptorAddress), 0x3F));
        if (Has(TertiaryControls.IpiVirtualization))
        {
            ulong table = Read(Vmcs64.PidPointerTableAddress);
            ulong last = table + (8 * Read(Vmcs16.LastPidPointerIndex)) + 7;
            Require(PidPointerTableAddress, Vmcs64.PidPointerTableAddress, IsPhysical(table, 7) && IsPhysical(last, 0));
        }
    }

    private void Features()
    {
        bool functions = Has(SecondaryControls.EnableVmFunctions);
        ulong enabled = functions ? Read(Vmcs64.VmFunctionControls) : 0;
        bool switching = (enabled & (ulong)VmFunctionControls.EptpSwitching) != 0;
        bool shadowing = Has(SecondaryControls.VmcsShadowing), pasid = Has(SecondaryControls.PasidTranslation);
        Require(VmFunctionsReserved, Vmcs64.VmFunctionControls, (enabled & ~_vmx.VmFunctions) == 0);
        Require(EptpSwitchingNeedsEpt, Vmcs64.VmFunctionControls, !switching || Has(SecondaryControls.EnableEpt));
        Page(EptpListAddress, Vmcs64.EptpListAddress, switching);
        Page(VmReadBitmapAddress, Vmcs64.VmReadBitmapAddress, shadowing);
        Page(VmWriteBitmapAddress, Vmcs64.VmWriteBitmapAddress, shadowing);
        Page(VirtualizationExceptionAddress, Vmcs64.VirtualizationExceptionInformationAddress,
            Has(SecondaryControls.EptViolationException));
        Require(PtNeedsEptAndRtitControls, Vmcs32.SecondaryControls,
            !Has(SecondaryControls.PtUsesGuestPhysicalAddresses)
                || (Has(SecondaryControls.EnableEpt) && Has(EntryControls.LoadRtitCtl)
                    && Has(ExitControls.ClearRtitCtl)));
        Require(TscMultiplierIsZero, Vmcs64.TscMultiplier,
            !Has(SecondaryControls.UseTscScaling) || Read(Vmcs64.TscMultiplier) != 0);
        Page(PasidDirectoryAddress, Vmcs64.LowPasidDirectoryAddress, pasid);
        Page(PasidDirectoryAddress, Vmcs64.HighPasidDirectoryAddress, pasid);
    }

    private void Page(AuditRule rule, Vmcs64 field, bool used) => Require(rule, field, !used || IsPage(field));
}
