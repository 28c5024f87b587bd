// The states that `bad-entry` tries: each breaks one rule of a VMCS that could be entered, a flat protected-mode guest. In the
// manual's order: controls, host state, guest state, MSR loading. SDM 3C 27.2, 27.3, 27.4.

using MinusOne.Hv.Vmx;
using MinusOne.Hv.Vmx.Auditor;
using static MinusOne.Hv.Computations.BrokenEntry;

namespace MinusOne.Hv.Computations;

internal static class BrokenEntryTable
{
    private const ulong NotCanonical = 0x0001_0000_0000_0000;
    private const ulong Beyond = 1UL << 51;
    private const uint Injected = 1u << 31;
    private const uint InjectedException = Injected | (3u << 8);
    private const uint WithErrorCode = 1u << 11;

    public static readonly BrokenEntry[] Rows =
    [
        new(AuditRule.PinControlsMustBeOne, Vmcs32.PinControls, 1u << 1, 0),
        new(AuditRule.PinControlsMustBeZero, Vmcs32.PinControls, 0, 1u << 8),
        new(AuditRule.PrimaryControlsMustBeOne, Vmcs32.PrimaryControls, 1u << 1, 0),
        new(AuditRule.PrimaryControlsMustBeZero, Vmcs32.PrimaryControls, 0, 1u << 0),
        new(AuditRule.SecondaryControlsMustBeZero, Vmcs32.SecondaryControls, 0, 1u << 27),
        new(AuditRule.Cr3TargetCount, Vmcs32.Cr3TargetCount, 0, 5),
        new(AuditRule.IoBitmapAddress, Vmcs64.IoBitmapA, 0, 0x800),
        new(AuditRule.IoBitmapAddress, Vmcs64.IoBitmapB, 0, Beyond),
        new(AuditRule.MsrBitmapAddress, Vmcs64.MsrBitmaps, 0, 1),
        new(AuditRule.VirtualNmisNeedNmiExiting, Vmcs32.PinControls, (ulong)PinControls.NmiExiting, (ulong)PinControls.VirtualNmis),
        new(AuditRule.NmiWindowNeedsVirtualNmis, Vmcs32.PinControls, (ulong)PinControls.VirtualNmis, 0,
            Vmcs32.PrimaryControls, 0xB640_61F2),
        new(AuditRule.VpidIsZero, Vmcs16.VirtualProcessorId, All, 0),
        new(AuditRule.EptMemoryType, Vmcs64.EptPointer, 7, 3),
        new(AuditRule.EptWalkLength, Vmcs64.EptPointer, 7 << 3, 2 << 3),
        new(AuditRule.EptPointerReserved, Vmcs64.EptPointer, 0, 1 << 9),
        new(AuditRule.EptPointerReserved, Vmcs64.EptPointer, 0, Beyond),
        new(AuditRule.UnrestrictedGuestNeedsEpt, Vmcs32.SecondaryControls, (ulong)SecondaryControls.EnableEpt, 0),
        new(AuditRule.ExitControlsMustBeOne, Vmcs32.ExitControls, 1u << 0, 0),
        new(AuditRule.ExitControlsMustBeZero, Vmcs32.ExitControls, 0, 1u << 27),
        new(AuditRule.TimerSaveNeedsTimer, Vmcs32.PinControls, (ulong)PinControls.PreemptionTimer, 0),
        new(AuditRule.ExitMsrStoreAddress, Vmcs64.ExitMsrStoreAddress, 0, 8, Vmcs32.ExitMsrStoreCount, 1),
        new(AuditRule.ExitMsrLoadAddress, Vmcs64.ExitMsrLoadAddress, 0, Beyond, Vmcs32.ExitMsrLoadCount, 1),
        new(AuditRule.EntryMsrLoadAddress, Vmcs64.EntryMsrLoadAddress, 0, 4, Vmcs32.EntryMsrLoadCount, 1),
        new(AuditRule.EntryControlsMustBeOne, Vmcs32.EntryControls, 1u << 0, 0),
        new(AuditRule.EntryControlsMustBeZero, Vmcs32.EntryControls, 0, 1u << 25),
        new(AuditRule.EntryToSmm, Vmcs32.EntryControls, 0, (ulong)EntryControls.EntryToSmm),
        new(AuditRule.InjectionType, Vmcs32.EntryInterruptionInformation, 0, Injected | (1u << 8)),
        new(AuditRule.InjectionVector, Vmcs32.EntryInterruptionInformation, 0, InjectedException | 32),
        new(AuditRule.InjectionVector, Vmcs32.EntryInterruptionInformation, 0, Injected | (2u << 8) | 3),
        new(AuditRule.InjectionErrorCodePresence, Vmcs32.EntryInterruptionInformation, 0, InjectedException | 13),
        new(AuditRule.InjectionErrorCodePresence, Vmcs32.EntryInterruptionInformation, 0, InjectedException | WithErrorCode | 6),
        new(AuditRule.InjectionReserved, Vmcs32.EntryInterruptionInformation, 0, Injected | (1u << 20) | 32),
        new(AuditRule.InjectionErrorCode, Vmcs32.EntryInterruptionInformation, 0, InjectedException | WithErrorCode | 13,
            Vmcs32.EntryExceptionErrorCode, 0x8000_0000),
        new(AuditRule.InjectionInstructionLength, Vmcs32.EntryInterruptionInformation, 0, Injected | (4u << 8) | 32,
            Vmcs32.EntryInstructionLength, 16),

        new(AuditRule.HostCr0MustBeOne, VmcsNatural.HostCr0, 1u << 5, 0),
        new(AuditRule.HostCr0MustBeZero, VmcsNatural.HostCr0, 0, 1UL << 40),
        new(AuditRule.HostCr4MustBeOne, VmcsNatural.HostCr4, 1u << 13, 0),
        new(AuditRule.HostCr4MustBeZero, VmcsNatural.HostCr4, 0, 1UL << 40),
        new(AuditRule.HostCr3Width, VmcsNatural.HostCr3, 0, Beyond),
        new(AuditRule.HostSysenterAddress, VmcsNatural.HostSysenterEsp, 0, NotCanonical),
        new(AuditRule.HostSysenterAddress, VmcsNatural.HostSysenterEip, 0, NotCanonical),
        new(AuditRule.HostPat, Vmcs64.HostPat, All, 2),
        new(AuditRule.HostEferReserved, Vmcs64.HostEfer, 0, 1u << 1),
        new(AuditRule.HostEferMode, Vmcs64.HostEfer, 1u << 10, 0),
        new(AuditRule.HostSelectorBits, Vmcs16.HostCsSelector, 0, 3),
        new(AuditRule.HostSelectorBits, Vmcs16.HostDsSelector, 0, 4),
        new(AuditRule.HostCsIsNull, Vmcs16.HostCsSelector, All, 0),
        new(AuditRule.HostTrIsNull, Vmcs16.HostTrSelector, All, 0),
        new(AuditRule.HostBaseCanonical, VmcsNatural.HostFsBase, 0, NotCanonical),
        new(AuditRule.HostBaseCanonical, VmcsNatural.HostGdtrBase, 0, NotCanonical),
        new(AuditRule.HostBaseCanonical, VmcsNatural.HostTrBase, 0, NotCanonical),
        new(AuditRule.HostPae, VmcsNatural.HostCr4, 1u << 5, 0),
        new(AuditRule.HostRipCanonical, VmcsNatural.HostRip, 0, NotCanonical),

        new(AuditRule.GuestRflagsReserved, VmcsNatural.GuestRflags, 0, 1u << 15),
        new(AuditRule.GuestRflagsReserved, VmcsNatural.GuestRflags, 1u << 1, 0),
        new(AuditRule.GuestCr0MustBeOne, VmcsNatural.GuestCr0, 1u << 5, 0),
        new(AuditRule.GuestPagingNeedsProtection, VmcsNatural.GuestCr0, 1, 1u << 31),
        new(AuditRule.GuestCr4MustBeOne, VmcsNatural.GuestCr4, 1u << 13, 0),
        new(AuditRule.GuestCr4MustBeZero, VmcsNatural.GuestCr4, 0, 1u << 30),
        new(AuditRule.GuestDebugCtlReserved, Vmcs64.GuestDebugCtl, 0, 1u << 2),
        new(AuditRule.GuestLongModeNeedsPaging, Vmcs32.EntryControls, 0, (ulong)EntryControls.Ia32eModeGuest),
        new(AuditRule.GuestCr3Width, VmcsNatural.GuestCr3, 0, Beyond),
        new(AuditRule.GuestDr7Upper, VmcsNatural.GuestDr7, 0, 1UL << 32),
        new(AuditRule.GuestSysenterAddress, VmcsNatural.GuestSysenterEsp, 0, NotCanonical),
        new(AuditRule.GuestPat, Vmcs64.GuestPat, All, 2),
        new(AuditRule.GuestEferReserved, Vmcs64.GuestEfer, 0, 1u << 1),
        new(AuditRule.GuestEferLongModeActive, Vmcs64.GuestEfer, 0, 1u << 10),
        new(AuditRule.GuestTrSelectorTable, Vmcs16.GuestTrSelector, 0, 4),
        new(AuditRule.GuestLdtrSelectorTable, Vmcs16.GuestLdtrSelector, 0, 4),
        new(AuditRule.GuestBaseCanonical, VmcsNatural.GuestTrBase, 0, NotCanonical),
        new(AuditRule.GuestBaseUpper, VmcsNatural.GuestDsBase, 0, 1UL << 32),
        new(AuditRule.GuestCsType, Vmcs32.GuestCsAccessRights, 0xF, 7),
        new(AuditRule.GuestSsType, Vmcs32.GuestSsAccessRights, 0xF, 1),
        new(AuditRule.GuestDataAccessed, Vmcs32.GuestDsAccessRights, 1, 0),
        new(AuditRule.GuestSegmentIsCodeOrData, Vmcs32.GuestEsAccessRights, 1u << 4, 0),
        new(AuditRule.GuestSsDplIsZero, Vmcs32.GuestCsAccessRights, 0xF, 3, Vmcs32.GuestSsAccessRights, 0xC0F3),
        new(AuditRule.GuestSegmentPresent, Vmcs32.GuestFsAccessRights, 1u << 7, 0),
        new(AuditRule.GuestSegmentReserved, Vmcs32.GuestGsAccessRights, 0, 1u << 8),
        new(AuditRule.GuestGranularityMustBeClear, Vmcs32.GuestDsLimit, 0xFFF, 0xFFE),
        new(AuditRule.GuestTrType, Vmcs32.GuestTrAccessRights, 0xF, 2),
        new(AuditRule.GuestTrUsable, Vmcs32.GuestTrAccessRights, 0, 1u << 16),
        new(AuditRule.GuestLdtrType, Vmcs32.GuestLdtrAccessRights, 0xF, 3),
        new(AuditRule.GuestTableBase, VmcsNatural.GuestGdtrBase, 0, NotCanonical),
        new(AuditRule.GuestTableLimit, Vmcs32.GuestIdtrLimit, 0, 1u << 16),
        new(AuditRule.GuestRipUpper, VmcsNatural.GuestRip, 0, 1UL << 32),
        new(AuditRule.ActivityUnsupported, Vmcs32.GuestActivityState, All, 4),
        new(AuditRule.InterruptibilityReserved, Vmcs32.GuestInterruptibilityState, 0, 1u << 5),
        new(AuditRule.StiAndMovSsBlocking, Vmcs32.GuestInterruptibilityState, 0, 3),
        new(AuditRule.StiBlockingNeedsInterruptFlag, Vmcs32.GuestInterruptibilityState, 0, 1),
        new(AuditRule.ActivityNeedsNoBlocking, Vmcs32.GuestInterruptibilityState, 0, 2, Vmcs32.GuestActivityState, 1),
        new(AuditRule.SmiBlockingOutsideSmm, Vmcs32.GuestInterruptibilityState, 0, 4),
        new(AuditRule.PendingDebugReserved, VmcsNatural.GuestPendingDebugExceptions, 0, 1u << 5),
        new(AuditRule.LinkPointerAddress, Vmcs64.VmcsLinkPointer, All, 0x800),
    ];
}
