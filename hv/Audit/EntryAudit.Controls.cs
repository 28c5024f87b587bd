// Rules about the control fields. SDM 3C 28.2.1.1 VM-Execution Control Fields, 28.2.1.2 VM-Exit Control Fields,
// 28.2.1.3 VM-Entry Control Fields. We are never in system management mode.

using static MinusOne.Hv.Audit.AuditRule;
using static MinusOne.Hv.Vmx.Controls.PinControls;
using static MinusOne.Hv.Vmx.Controls.PrimaryControls;
using static MinusOne.Hv.Vmx.Controls.SecondaryControls;
using static MinusOne.Hv.Vmx.Controls.TertiaryControls;

namespace MinusOne.Hv.Audit;

internal readonly unsafe ref partial struct EntryAudit<T>
{
    // Offset of the virtual TPR in the virtual-APIC page.
    private const ulong Vtpr = 0x80;

    private const uint MaximumInstructionLength = 15;

    // #DF, #TS, #NP, #SS, #GP, #PF and #AC push an error code.
    private const uint VectorsWithErrorCode = 0x0002_7D00;

    private void ExecutionWords()
    {
        Word(PinControlsMustBeOne, PinControlsMustBeZero, Vmcs32.PinControls, _vmx.Pin, (uint)_pin);
        Word(PrimaryControlsMustBeOne, PrimaryControlsMustBeZero, Vmcs32.PrimaryControls, _vmx.Primary, (uint)_primary);
        if (Has(ActivateSecondaryControls))
        {
            Word(SecondaryControlsMustBeOne, SecondaryControlsMustBeZero, Vmcs32.SecondaryControls, _vmx.Secondary,
                (uint)_secondary);
        }

        Require(TertiaryControlsMustBeZero, Vmcs64.TertiaryControls, ((ulong)_tertiary & ~_vmx.TertiaryMayBeOne) == 0);
        Require(Cr3TargetCount, Vmcs32.Cr3TargetCount, Read(Vmcs32.Cr3TargetCount) <= _vmx.Misc.Cr3TargetCount);
        Page(IoBitmapAddress, Vmcs64.IoBitmapA, Has(UseIoBitmaps));
        Page(IoBitmapAddress, Vmcs64.IoBitmapB, Has(UseIoBitmaps));
        Page(MsrBitmapAddress, Vmcs64.MsrBitmaps, Has(UseMsrBitmaps));
    }

    private void TprShadow()
    {
        const SecondaryControls needing = VirtualizeX2ApicMode | ApicRegisterVirtualization | VirtualInterruptDelivery;
        bool shadow = Has(UseTprShadow);
        bool threshold = shadow && !Has(VirtualInterruptDelivery);
        ulong tpr = threshold ? Read(Vmcs32.TprThreshold) : 0;
        Page(VirtualApicAddress, Vmcs64.VirtualApicAddress, shadow);
        Require(TprThresholdReserved, Vmcs32.TprThreshold, tpr <= 0xF);
        if (threshold && !Has(VirtualizeApicAccesses) && IsPage(Vmcs64.VirtualApicAddress)
            && TryRead(Read(Vmcs64.VirtualApicAddress) + Vtpr, out ulong vtpr))
        {
            Require(TprThresholdAboveVtpr, Vmcs32.TprThreshold, (tpr & 0xF) <= ((vtpr >> 4) & 0xF));
        }

        Require(ApicVirtualizationNeedsTprShadow, Vmcs32.SecondaryControls, shadow || (_secondary & needing) == 0);
        Require(ApicVirtualizationNeedsTprShadow, Vmcs64.TertiaryControls, shadow || !Has(IpiVirtualization));
    }

    private void NmiControls()
    {
        Require(VirtualNmisNeedNmiExiting, Vmcs32.PinControls, !Has(VirtualNmis) || Has(NmiExiting));
        Require(NmiWindowNeedsVirtualNmis, Vmcs32.PrimaryControls, !Has(NmiWindowExiting) || Has(VirtualNmis));
    }

    private void InterruptControls()
    {
        bool delivery = Has(VirtualInterruptDelivery), posted = Has(PostedInterrupts);
        Page(ApicAccessAddress, Vmcs64.ApicAccessAddress, Has(VirtualizeApicAccesses));
        Require(X2ApicModeExcludesApicAccesses, Vmcs32.SecondaryControls,
            !Has(VirtualizeX2ApicMode | VirtualizeApicAccesses));
        Require(VirtualInterruptsNeedInterruptExiting, Vmcs32.PinControls, !delivery || Has(ExternalInterruptExiting));
        Require(PostedInterruptsNeedVirtualInterrupts, Vmcs32.SecondaryControls, !posted || delivery);
        Require(PostedInterruptsNeedAcknowledge, Vmcs32.ExitControls,
            !posted || Has(ExitControls.AcknowledgeInterruptOnExit));
        Require(PostedInterruptVector, Vmcs16.PostedInterruptNotificationVector,
            !posted || Read(Vmcs16.PostedInterruptNotificationVector) <= 0xFF);
        Require(PostedInterruptDescriptorAddress, Vmcs64.PostedInterruptDescriptorAddress,
            !posted || IsPhysical(Read(Vmcs64.PostedInterruptDescriptorAddress), 0x3F));
        if (Has(IpiVirtualization))
        {
            ulong table = Read(Vmcs64.PidPointerTableAddress);
            ulong last = table + (8 * Read(Vmcs16.LastPidPointerIndex)) + 7;
            Require(PidPointerTableAddress, Vmcs64.PidPointerTableAddress, IsPhysical(table, 7) && IsPhysical(last, 0));
        }
    }

    private void Features()
    {
        bool functions = Has(EnableVmFunctions);
        ulong enabled = functions ? Read(Vmcs64.VmFunctionControls) : 0;
        bool switching = (enabled & (ulong)VmFunctionControls.EptpSwitching) != 0;
        bool shadowing = Has(VmcsShadowing), pasid = Has(PasidTranslation);
        Require(VmFunctionsReserved, Vmcs64.VmFunctionControls, (enabled & ~_vmx.VmFunctions) == 0);
        Require(EptpSwitchingNeedsEpt, Vmcs64.VmFunctionControls, !switching || Has(EnableEpt));
        Page(EptpListAddress, Vmcs64.EptpListAddress, switching);
        Page(VmReadBitmapAddress, Vmcs64.VmReadBitmapAddress, shadowing);
        Page(VmWriteBitmapAddress, Vmcs64.VmWriteBitmapAddress, shadowing);
        Page(VirtualizationExceptionAddress, Vmcs64.VirtualizationExceptionInformationAddress,
            Has(EptViolationException));
        Require(PtNeedsEptAndRtitControls, Vmcs32.SecondaryControls, !Has(PtUsesGuestPhysicalAddresses)
            || (Has(EnableEpt) && Has(EntryControls.LoadRtitCtl) && Has(ExitControls.ClearRtitCtl)));
        Require(TscMultiplierIsZero, Vmcs64.TscMultiplier, !Has(UseTscScaling) || Read(Vmcs64.TscMultiplier) != 0);
        Page(PasidDirectoryAddress, Vmcs64.LowPasidDirectoryAddress, pasid);
        Page(PasidDirectoryAddress, Vmcs64.HighPasidDirectoryAddress, pasid);
    }

    private void Page(AuditRule rule, Vmcs64 field, bool used) => Require(rule, field, !used || IsPage(field));

    private void Ept()
    {
        Require(VpidIsZero, Vmcs16.VirtualProcessorId, !Has(EnableVpid) || Read(Vmcs16.VirtualProcessorId) != 0);
        if (Has(EnableEpt))
        {
            Pointer(new EptPointer(Read(Vmcs64.EptPointer)), _vmx.EptVpid);
        }

        NeedsEpt(PmlNeedsEpt, EnablePml);
        Page(PmlAddress, Vmcs64.PmlAddress, Has(EnablePml));
        NeedsEpt(UnrestrictedGuestNeedsEpt, UnrestrictedGuest);
        NeedsEpt(ModeBasedExecuteNeedsEpt, ModeBasedExecuteControl);
        NeedsEpt(SubPagePermissionsNeedEpt, SubPageWritePermissions);
        Page(SubPagePermissionTable, Vmcs64.SubPagePermissionTablePointer, Has(SubPageWritePermissions));
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
        bool ept = Has(EnableEpt), hlat = Has(EnableHlat);
        Require(HlatNeedsEpt, Vmcs32.SecondaryControls, !hlat || ept);
        Require(HlatPointer, Vmcs64.HlatPointer, !hlat || IsPhysical(Read(Vmcs64.HlatPointer), 0xFE7));
        Require(HlatPrefixSize, Vmcs16.HlatPrefixSize,
            !hlat || Read(Vmcs16.HlatPrefixSize) <= _vmx.EptVpid.MaximumHlatPrefixSize);
        Require(PagingWriteNeedsEpt, Vmcs64.TertiaryControls, ept || !Has(EptPagingWriteControl));
        Require(PagingVerificationNeedsEpt, Vmcs64.TertiaryControls, ept || !Has(GuestPagingVerification));
    }

    private void NeedsEpt(AuditRule rule, SecondaryControls control) =>
        Require(rule, Vmcs32.SecondaryControls, !Has(control) || Has(EnableEpt));

    private void ExitWords()
    {
        Word(ExitControlsMustBeOne, ExitControlsMustBeZero, Vmcs32.ExitControls, _vmx.Exit, (uint)_exit);
        Require(SecondaryExitControlsMustBeZero, Vmcs64.SecondaryExitControls,
            !Has(ExitControls.ActivateSecondaryControls)
                || (Read(Vmcs64.SecondaryExitControls) & ~_vmx.SecondaryExitMayBeOne) == 0);
        Require(TimerSaveNeedsTimer, Vmcs32.ExitControls,
            !Has(ExitControls.SavePreemptionTimerValue) || Has(PreemptionTimer));
        Area(ExitMsrStoreAddress, ExitMsrStoreEnd, Vmcs64.ExitMsrStoreAddress, Vmcs32.ExitMsrStoreCount);
        Area(ExitMsrLoadAddress, ExitMsrLoadEnd, Vmcs64.ExitMsrLoadAddress, Vmcs32.ExitMsrLoadCount);
    }

    private void EntryWords()
    {
        Word(EntryControlsMustBeOne, EntryControlsMustBeZero, Vmcs32.EntryControls, _vmx.Entry, (uint)_entry);
        if (_injection.IsValid)
        {
            Injection();
        }

        Area(EntryMsrLoadAddress, EntryMsrLoadEnd, Vmcs64.EntryMsrLoadAddress, Vmcs32.EntryMsrLoadCount);
        Require(EntryToSmm, Vmcs32.EntryControls, !Has(EntryControls.EntryToSmm));
        Require(DeactivateDualMonitor, Vmcs32.EntryControls, !Has(EntryControls.DeactivateDualMonitorTreatment));
    }

    private void Injection()
    {
        const Vmcs32 field = Vmcs32.EntryInterruptionInformation;
        byte vector = _injection.Vector;
        uint reserved = _vmx.Basic.NestedExceptions ? 0x7FFF_D000u : 0x7FFF_F000u;
        ulong length = Read(Vmcs32.EntryInstructionLength);
        ulong least = _vmx.Misc.InjectionWithZeroLength ? 0u : 1u;

        // "Other event" is a pending monitor-trap-flag exit: reserved where there is no such flag.
        Require(InjectionType, field, _injection.Type switch
        {
            InterruptionType.Reserved => false,
            InterruptionType.OtherEvent => _vmx.Primary.MayBeOne((uint)MonitorTrapFlag),
            _ => true,
        });
        Require(InjectionVector, field, _injection.Type switch
        {
            InterruptionType.Nmi => vector == 2,
            InterruptionType.HardwareException => vector <= 31,
            InterruptionType.OtherEvent => vector == 0,
            _ => true,
        });
        Require(InjectionErrorCodePresence, field, ErrorCodeFits());
        Require(InjectionReserved, field, (_injection.Raw & reserved) == 0);
        Require(InjectionErrorCode, Vmcs32.EntryExceptionErrorCode,
            !_injection.HasErrorCode || Read(Vmcs32.EntryExceptionErrorCode) <= 0xFFFF);
        Require(InjectionInstructionLength, Vmcs32.EntryInstructionLength,
            !_injection.HasInstructionLength || (length >= least && length <= MaximumInstructionLength));
    }

    // Only a hardware exception outside real mode has an error code; which of them must have one depends on the
    // vector, except on processors that leave it open.
    private bool ErrorCodeFits()
    {
        bool isProtected = !IsUnrestricted || Has(Cr0.ProtectionEnable);
        bool possible = isProtected && _injection.Type == InterruptionType.HardwareException;
        bool pushes = _injection.Vector <= 31 && ((VectorsWithErrorCode >> _injection.Vector) & 1) != 0;
        bool has = _injection.HasErrorCode;
        return !possible ? !has : _vmx.Basic.AnyErrorCode || has == pushes;
    }
}
