// Rules about the VM-exit controls, the VM-entry controls and the event to be injected. SDM 3C 28.2.1.2 VM-Exit Control
// Fields, 28.2.1.3 VM-Entry Control Fields. We are never in system management mode.

using static MinusOne.Hv.Audit.AuditRule;

namespace MinusOne.Hv.Audit;

internal readonly unsafe ref partial struct EntryAudit<T>
{
    private const uint MaximumInstructionLength = 15;

    // #DF, #TS, #NP, #SS, #GP, #PF and #AC push an error code.
    private const uint VectorsWithErrorCode = 0x0002_7D00;

    private void ExitWords()
    {
        Word(ExitControlsMustBeOne, ExitControlsMustBeZero, Vmcs32.ExitControls, _vmx.Exit, (uint)_exit);
        Require(SecondaryExitControlsMustBeZero, Vmcs64.SecondaryExitControls,
            !Has(ExitControls.ActivateSecondaryControls)
                || (Read(Vmcs64.SecondaryExitControls) & ~_vmx.SecondaryExitMayBeOne) == 0);
        Require(TimerSaveNeedsTimer, Vmcs32.ExitControls,
            !Has(ExitControls.SavePreemptionTimerValue) || Has(PinControls.PreemptionTimer));
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
            InterruptionType.OtherEvent => _vmx.Primary.MayBeOne((uint)PrimaryControls.MonitorTrapFlag),
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
