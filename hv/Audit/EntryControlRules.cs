// Checks on the VM-entry controls and on the event to be injected. SDM 3C 28.2.1.3 VM-Entry Control Fields. We are
// never in system management mode.

namespace MinusOne.Hv.Audit;

internal static class EntryControlRules<T>
    where T : struct, IVmcsReader
{
    private const uint MaximumInstructionLength = 15;

    // #DF, #TS, #NP, #SS, #GP, #PF and #AC push an error code.
    private const uint VectorsWithErrorCode = 0x0002_7D00;

    public static void Check(in AuditContext<T> audit)
    {
        ControlWord(audit);
        if (audit.Injection.IsValid)
        {
            InjectionType(audit);
            InjectionVector(audit);
            InjectionErrorCodePresence(audit);
            InjectionReserved(audit);
            InjectionErrorCode(audit);
            InjectionInstructionLength(audit);
        }

        MsrAreaRules<T>.Place(
            audit,
            Vmcs64.EntryMsrLoadAddress,
            Vmcs32.EntryMsrLoadCount,
            AuditRule.EntryMsrLoadAddress,
            AuditRule.EntryMsrLoadEnd);
        SystemManagementMode(audit);
    }

    private static void ControlWord(in AuditContext<T> audit)
    {
        AllowedControls allowed = audit.Vmx.Entry;
        audit.Require(allowed.HasMustBeOne((uint)audit.Entry), AuditRule.EntryControlsMustBeOne, Vmcs32.EntryControls);
        audit.Require(allowed.MayBeOne((uint)audit.Entry), AuditRule.EntryControlsMustBeZero, Vmcs32.EntryControls);
    }

    // "Other event" is a pending monitor-trap-flag exit: reserved where there is no such flag.
    private static void InjectionType(in AuditContext<T> audit)
    {
        InterruptionType type = audit.Injection.Type;
        bool hasTrapFlag = audit.Vmx.Primary.MayBeOne((uint)PrimaryControls.MonitorTrapFlag);
        audit.Require(
            type != InterruptionType.Reserved && (type != InterruptionType.OtherEvent || hasTrapFlag),
            AuditRule.InjectionType,
            Vmcs32.EntryInterruptionInformation);
    }

    private static void InjectionVector(in AuditContext<T> audit)
    {
        byte vector = audit.Injection.Vector;
        bool fits = audit.Injection.Type switch
        {
            InterruptionType.Nmi => vector == 2,
            InterruptionType.HardwareException => vector <= 31,
            InterruptionType.OtherEvent => vector == 0,
            _ => true,
        };
        audit.Require(fits, AuditRule.InjectionVector, Vmcs32.EntryInterruptionInformation);
    }

    // Only a hardware exception outside real mode has an error code; which of them must have one depends on the
    // vector, except on processors that leave it open.
    private static void InjectionErrorCodePresence(in AuditContext<T> audit)
    {
        bool isProtected = !audit.IsUnrestricted || (audit.GuestCr0 & Cr0.ProtectionEnable) != 0;
        bool possible = isProtected && audit.Injection.Type == InterruptionType.HardwareException;
        bool pushes = audit.Injection.Vector <= 31 && ((VectorsWithErrorCode >> audit.Injection.Vector) & 1) != 0;
        bool has = audit.Injection.HasErrorCode;
        bool fits = !possible ? !has : audit.Vmx.Basic.AnyErrorCode || has == pushes;
        audit.Require(fits, AuditRule.InjectionErrorCodePresence, Vmcs32.EntryInterruptionInformation);
    }

    private static void InjectionReserved(in AuditContext<T> audit)
    {
        uint reserved = audit.Vmx.Basic.NestedExceptions ? 0x7FFF_D000u : 0x7FFF_F000u;
        audit.Require(
            (audit.Injection.Raw & reserved) == 0, AuditRule.InjectionReserved, Vmcs32.EntryInterruptionInformation);
    }

    private static void InjectionErrorCode(in AuditContext<T> audit) =>
        audit.Require(
            !audit.Injection.HasErrorCode || audit.Read(Vmcs32.EntryExceptionErrorCode) <= 0xFFFF,
            AuditRule.InjectionErrorCode,
            Vmcs32.EntryExceptionErrorCode);

    private static void InjectionInstructionLength(in AuditContext<T> audit)
    {
        uint length = audit.Read(Vmcs32.EntryInstructionLength);
        uint least = audit.Vmx.Misc.InjectionWithZeroLength ? 0u : 1u;
        audit.Require(
            !audit.Injection.HasInstructionLength || (length >= least && length <= MaximumInstructionLength),
            AuditRule.InjectionInstructionLength,
            Vmcs32.EntryInstructionLength);
    }

    private static void SystemManagementMode(in AuditContext<T> audit)
    {
        audit.Require(!audit.Has(EntryControls.EntryToSmm), AuditRule.EntryToSmm, Vmcs32.EntryControls);
        audit.Require(
            !audit.Has(EntryControls.DeactivateDualMonitorTreatment),
            AuditRule.DeactivateDualMonitor,
            Vmcs32.EntryControls);
    }
}
