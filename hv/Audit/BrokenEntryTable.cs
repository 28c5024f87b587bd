// The states that `bad-entry` tries: each breaks one rule of a VMCS that could be entered, a flat protected-mode guest.
// In the manual's order: controls, host state, guest state, MSR loading. SDM 3C 28.2, 28.3, 28.4.

using static MinusOne.Hv.Audit.AuditRule;
using static MinusOne.Hv.Audit.BrokenEntry;

namespace MinusOne.Hv.Audit;

internal static class BrokenEntryTable
{
    private const ulong NotCanonical = 0x0001_0000_0000_0000;
    private const ulong Beyond = 1UL << 51;
    private const uint Injected = 1u << 31;
    private const uint InjectedException = Injected | (3u << 8);
    private const uint WithErrorCode = 1u << 11;

    public static readonly BrokenEntry[] Rows =
    [
        new(PinControlsMustBeOne, Vmcs32.PinControls, 1u << 1, 0),
        new(PinControlsMustBeZero, Vmcs32.PinControls, 0, 1u << 8),
        new(PrimaryControlsMustBeOne, Vmcs32.PrimaryControls, 1u << 1, 0),
        new(PrimaryControlsMustBeZero, Vmcs32.PrimaryControls, 0, 1u << 0),
        new(SecondaryControlsMustBeZero, Vmcs32.SecondaryControls, 0, 1u << 27),
        new(Cr3TargetCount, Vmcs32.Cr3TargetCount, 0, 5),
        new(IoBitmapAddress, Vmcs64.IoBitmapA, 0, 0x800),
        new(IoBitmapAddress, Vmcs64.IoBitmapB, 0, Beyond),
        new(MsrBitmapAddress, Vmcs64.MsrBitmaps, 0, 1),
        new(VirtualNmisNeedNmiExiting, Vmcs32.PinControls, (ulong)PinControls.NmiExiting,
            (ulong)PinControls.VirtualNmis),
        new(NmiWindowNeedsVirtualNmis, Vmcs32.PinControls, (ulong)PinControls.VirtualNmis, 0, Vmcs32.PrimaryControls,
            0xB640_61F2),
        new(VpidIsZero, Vmcs16.VirtualProcessorId, All, 0),
        new(EptMemoryType, Vmcs64.EptPointer, 7, 3),
        new(EptWalkLength, Vmcs64.EptPointer, 7 << 3, 2 << 3),
        new(EptPointerReserved, Vmcs64.EptPointer, 0, 1 << 9),
        new(EptPointerReserved, Vmcs64.EptPointer, 0, Beyond),
        new(UnrestrictedGuestNeedsEpt, Vmcs32.SecondaryControls, (ulong)SecondaryControls.EnableEpt, 0),
        new(ExitControlsMustBeOne, Vmcs32.ExitControls, 1u << 0, 0),
        new(ExitControlsMustBeZero, Vmcs32.ExitControls, 0, 1u << 27),
        new(TimerSaveNeedsTimer, Vmcs32.PinControls, (ulong)PinControls.PreemptionTimer, 0),
        new(ExitMsrStoreAddress, Vmcs64.ExitMsrStoreAddress, 0, 8, Vmcs32.ExitMsrStoreCount, 1),
        new(ExitMsrLoadAddress, Vmcs64.ExitMsrLoadAddress, 0, Beyond, Vmcs32.ExitMsrLoadCount, 1),
        new(EntryMsrLoadAddress, Vmcs64.EntryMsrLoadAddress, 0, 4, Vmcs32.EntryMsrLoadCount, 1),
        new(EntryControlsMustBeOne, Vmcs32.EntryControls, 1u << 0, 0),
        new(EntryControlsMustBeZero, Vmcs32.EntryControls, 0, 1u << 25),
        new(EntryToSmm, Vmcs32.EntryControls, 0, (ulong)EntryControls.EntryToSmm),
        new(InjectionType, Vmcs32.EntryInterruptionInformation, 0, Injected | (1u << 8)),
        new(InjectionVector, Vmcs32.EntryInterruptionInformation, 0, InjectedException | 32),
        new(InjectionVector, Vmcs32.EntryInterruptionInformation, 0, Injected | (2u << 8) | 3),
        new(InjectionErrorCodePresence, Vmcs32.EntryInterruptionInformation, 0, InjectedException | 13),
        new(InjectionErrorCodePresence, Vmcs32.EntryInterruptionInformation, 0, InjectedException | WithErrorCode | 6),
        new(InjectionReserved, Vmcs32.EntryInterruptionInformation, 0, Injected | (1u << 20) | 32),
        new(InjectionErrorCode, Vmcs32.EntryInterruptionInformation, 0, InjectedException | WithErrorCode | 13,
            Vmcs32.EntryExceptionErrorCode, 0x8000_0000),
        new(InjectionInstructionLength, Vmcs32.EntryInterruptionInformation, 0, Injected | (4u << 8) | 32,
            Vmcs32.EntryInstructionLength, 16),

        new(HostCr0MustBeOne, VmcsNatural.HostCr0, 1u << 5, 0),
        new(HostCr0MustBeZero, VmcsNatural.HostCr0, 0, 1UL << 40),
        new(HostCr4MustBeOne, VmcsNatural.HostCr4, 1u << 13, 0),
        new(HostCr4MustBeZero, VmcsNatural.HostCr4, 0, 1UL << 40),
        new(HostCr3Width, VmcsNatural.HostCr3, 0, Beyond),
        new(HostSysenterAddress, VmcsNatural.HostSysenterEsp, 0, NotCanonical),
        new(HostSysenterAddress, VmcsNatural.HostSysenterEip, 0, NotCanonical),
        new(HostPat, Vmcs64.HostPat, All, 2),
        new(HostEferReserved, Vmcs64.HostEfer, 0, 1u << 1),
        new(HostEferMode, Vmcs64.HostEfer, 1u << 10, 0),
        new(HostSelectorBits, Vmcs16.HostCsSelector, 0, 3),
        new(HostSelectorBits, Vmcs16.HostDsSelector, 0, 4),
        new(HostCsIsNull, Vmcs16.HostCsSelector, All, 0),
        new(HostTrIsNull, Vmcs16.HostTrSelector, All, 0),
        new(HostBaseCanonical, VmcsNatural.HostFsBase, 0, NotCanonical),
        new(HostBaseCanonical, VmcsNatural.HostGdtrBase, 0, NotCanonical),
        new(HostBaseCanonical, VmcsNatural.HostTrBase, 0, NotCanonical),
        new(HostPae, VmcsNatural.HostCr4, 1u << 5, 0),
        new(HostRipCanonical, VmcsNatural.HostRip, 0, NotCanonical),

        new(GuestRflagsReserved, VmcsNatural.GuestRflags, 0, 1u << 15),
        new(GuestRflagsReserved, VmcsNatural.GuestRflags, 1u << 1, 0),
        new(GuestCr0MustBeOne, VmcsNatural.GuestCr0, 1u << 5, 0),
        new(GuestPagingNeedsProtection, VmcsNatural.GuestCr0, 1, 1u << 31),
        new(GuestCr4MustBeOne, VmcsNatural.GuestCr4, 1u << 13, 0),
        new(GuestCr4MustBeZero, VmcsNatural.GuestCr4, 0, 1u << 30),
        new(GuestDebugCtlReserved, Vmcs64.GuestDebugCtl, 0, 1u << 2),
        new(GuestLongModeNeedsPaging, Vmcs32.EntryControls, 0, (ulong)EntryControls.Ia32eModeGuest),
        new(GuestCr3Width, VmcsNatural.GuestCr3, 0, Beyond),
        new(GuestDr7Upper, VmcsNatural.GuestDr7, 0, 1UL << 32),
        new(GuestSysenterAddress, VmcsNatural.GuestSysenterEsp, 0, NotCanonical),
        new(GuestPat, Vmcs64.GuestPat, All, 2),
        new(GuestEferReserved, Vmcs64.GuestEfer, 0, 1u << 1),
        new(GuestEferLongModeActive, Vmcs64.GuestEfer, 0, 1u << 10),
        new(GuestTrSelectorTable, Vmcs16.GuestTrSelector, 0, 4),
        new(GuestLdtrSelectorTable, Vmcs16.GuestLdtrSelector, 0, 4),
        new(GuestBaseCanonical, VmcsNatural.GuestTrBase, 0, NotCanonical),
        new(GuestBaseUpper, VmcsNatural.GuestDsBase, 0, 1UL << 32),
        new(GuestCsType, Vmcs32.GuestCsAccessRights, 0xF, 7),
        new(GuestSsType, Vmcs32.GuestSsAccessRights, 0xF, 1),
        new(GuestDataAccessed, Vmcs32.GuestDsAccessRights, 1, 0),
        new(GuestSegmentIsCodeOrData, Vmcs32.GuestEsAccessRights, 1u << 4, 0),
        new(GuestSsDplIsZero, Vmcs32.GuestCsAccessRights, 0xF, 3, Vmcs32.GuestSsAccessRights, 0xC0F3),
        new(GuestSegmentPresent, Vmcs32.GuestFsAccessRights, 1u << 7, 0),
        new(GuestSegmentReserved, Vmcs32.GuestGsAccessRights, 0, 1u << 8),
        new(GuestGranularityMustBeClear, Vmcs32.GuestDsLimit, 0xFFF, 0xFFE),
        new(GuestTrType, Vmcs32.GuestTrAccessRights, 0xF, 2),
        new(GuestTrUsable, Vmcs32.GuestTrAccessRights, 0, 1u << 16),
        new(GuestLdtrType, Vmcs32.GuestLdtrAccessRights, 0xF, 3),
        new(GuestTableBase, VmcsNatural.GuestGdtrBase, 0, NotCanonical),
        new(GuestTableLimit, Vmcs32.GuestIdtrLimit, 0, 1u << 16),
        new(GuestRipUpper, VmcsNatural.GuestRip, 0, 1UL << 32),
        new(ActivityUnsupported, Vmcs32.GuestActivityState, All, 4),
        new(InterruptibilityReserved, Vmcs32.GuestInterruptibilityState, 0, 1u << 5),
        new(StiAndMovSsBlocking, Vmcs32.GuestInterruptibilityState, 0, 3),
        new(StiBlockingNeedsInterruptFlag, Vmcs32.GuestInterruptibilityState, 0, 1),
        new(ActivityNeedsNoBlocking, Vmcs32.GuestInterruptibilityState, 0, 2, Vmcs32.GuestActivityState, 1),
        new(SmiBlockingOutsideSmm, Vmcs32.GuestInterruptibilityState, 0, 4),
        new(PendingDebugReserved, VmcsNatural.GuestPendingDebugExceptions, 0, 1u << 5),
        new(LinkPointerAddress, Vmcs64.VmcsLinkPointer, All, 0x800),
    ];
}

// One way to break a VMCS: bits of a field are cleared and set, sometimes a second one takes a value whole, and the
// rule that this breaks. An address counts only if its area has entries.
internal readonly struct BrokenEntry(
    AuditRule rule, AuditField field, ulong clear, ulong set, Vmcs32 second = 0, uint secondValue = 0)
{
    public const ulong All = ulong.MaxValue;

    public readonly AuditRule Rule = rule;
    public readonly AuditField Field = field;
    public readonly ulong Clear = clear;
    public readonly ulong Set = set;
    public readonly uint SecondField = (uint)second;
    public readonly uint SecondValue = secondValue;

    public void Apply()
    {
        VmxCpu.VmWrite(Field.Encoding, (VmxCpu.VmRead(Field.Encoding) & ~Clear) | Set);
        if (SecondField != 0)
        {
            VmxCpu.VmWrite(SecondField, SecondValue);
        }
    }
}
