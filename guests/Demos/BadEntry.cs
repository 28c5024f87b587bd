// C3: one broken VMCS after the other. The hypervisor breaks it, the processor refuses the entry, and the auditor has
// to name the rule. The guest is a HLT; where the processor does not check a rule, it runs. Each row breaks one rule of
// a VMCS that could be entered, a flat protected-mode guest, in the manual's order: controls, host state, guest state,
// MSR loading. An address counts only if its area has entries. SDM 3C 28.2, 28.3, 28.4. On AMD's processors it is a
// VMCB that is broken. AMD APM 2 15.5.1.

using System;
using System.Runtime.InteropServices;
using MinusOne.Guests.Kit;
using static MinusOne.Hv.Audit.AuditRule;

namespace MinusOne.Guests.Demos;

internal static class BadEntry
{
    private const ulong All = ulong.MaxValue;
    private const ulong NotCanonical = 0x0001_0000_0000_0000;
    private const ulong Beyond = 1UL << 51;
    private const uint Injected = 1u << 31;
    private const uint InjectedException = Injected | (3u << 8);
    private const uint WithErrorCode = 1u << 11;

    public static Guest Guest { get; } = new(
        "bad-entry", "C3", "broken VMCS or VMCB states, one rule each: the processor refuses, the auditor says why",
        new GuestConfig(Start.Protected(part => part.Code.hlt()))
        {
            Computation = Computation.BrokenEntries,
            BrokenEntries = [.. Rows(), .. VmcbRows()],
            End = GuestEnd.Computed,
        });

    private static BrokenEntry[] Rows() =>
    [
        Break(PinControlsMustBeOne, Vmcs32.PinControls, 1u << 1, 0),
        Break(PinControlsMustBeZero, Vmcs32.PinControls, 0, 1u << 8),
        Break(PrimaryControlsMustBeOne, Vmcs32.PrimaryControls, 1u << 1, 0),
        Break(PrimaryControlsMustBeZero, Vmcs32.PrimaryControls, 0, 1u << 0),
        Break(SecondaryControlsMustBeZero, Vmcs32.SecondaryControls, 0, 1u << 27),
        Break(Cr3TargetCount, Vmcs32.Cr3TargetCount, 0, 5),
        Break(IoBitmapAddress, Vmcs64.IoBitmapA, 0, 0x800),
        Break(IoBitmapAddress, Vmcs64.IoBitmapB, 0, Beyond),
        Break(MsrBitmapAddress, Vmcs64.MsrBitmaps, 0, 1),
        Break(VirtualNmisNeedNmiExiting, Vmcs32.PinControls, (ulong)PinControls.NmiExiting,
            (ulong)PinControls.VirtualNmis),
        Break(NmiWindowNeedsVirtualNmis, Vmcs32.PinControls, (ulong)PinControls.VirtualNmis, 0, Vmcs32.PrimaryControls,
            0xB640_61F2),
        Break(VpidIsZero, Vmcs16.VirtualProcessorId, All, 0),
        Break(EptMemoryType, Vmcs64.EptPointer, 7, 3),
        Break(EptWalkLength, Vmcs64.EptPointer, 7 << 3, 2 << 3),
        Break(EptPointerReserved, Vmcs64.EptPointer, 0, 1 << 9),
        Break(EptPointerReserved, Vmcs64.EptPointer, 0, Beyond),
        Break(UnrestrictedGuestNeedsEpt, Vmcs32.SecondaryControls, (ulong)SecondaryControls.EnableEpt, 0),
        Break(ExitControlsMustBeOne, Vmcs32.ExitControls, 1u << 0, 0),
        Break(ExitControlsMustBeZero, Vmcs32.ExitControls, 0, 1u << 27),
        Break(TimerSaveNeedsTimer, Vmcs32.PinControls, (ulong)PinControls.PreemptionTimer, 0),
        Break(ExitMsrStoreAddress, Vmcs64.ExitMsrStoreAddress, 0, 8, Vmcs32.ExitMsrStoreCount, 1),
        Break(ExitMsrLoadAddress, Vmcs64.ExitMsrLoadAddress, 0, Beyond, Vmcs32.ExitMsrLoadCount, 1),
        Break(EntryMsrLoadAddress, Vmcs64.EntryMsrLoadAddress, 0, 4, Vmcs32.EntryMsrLoadCount, 1),
        Break(EntryControlsMustBeOne, Vmcs32.EntryControls, 1u << 0, 0),
        Break(EntryControlsMustBeZero, Vmcs32.EntryControls, 0, 1u << 25),
        Break(EntryToSmm, Vmcs32.EntryControls, 0, (ulong)EntryControls.EntryToSmm),
        Break(InjectionType, Vmcs32.EntryInterruptionInformation, 0, Injected | (1u << 8)),
        Break(InjectionVector, Vmcs32.EntryInterruptionInformation, 0, InjectedException | 32),
        Break(InjectionVector, Vmcs32.EntryInterruptionInformation, 0, Injected | (2u << 8) | 3),
        Break(InjectionErrorCodePresence, Vmcs32.EntryInterruptionInformation, 0, InjectedException | 13),
        Break(InjectionErrorCodePresence, Vmcs32.EntryInterruptionInformation, 0,
            InjectedException | WithErrorCode | 6),
        Break(InjectionReserved, Vmcs32.EntryInterruptionInformation, 0, Injected | (1u << 20) | 32),
        Break(InjectionErrorCode, Vmcs32.EntryInterruptionInformation, 0, InjectedException | WithErrorCode | 13,
            Vmcs32.EntryExceptionErrorCode, 0x8000_0000),
        Break(InjectionInstructionLength, Vmcs32.EntryInterruptionInformation, 0, Injected | (4u << 8) | 32,
            Vmcs32.EntryInstructionLength, 16),

        Break(HostCr0MustBeOne, VmcsNatural.HostCr0, 1u << 5, 0),
        Break(HostCr0MustBeZero, VmcsNatural.HostCr0, 0, 1UL << 40),
        Break(HostCr4MustBeOne, VmcsNatural.HostCr4, 1u << 13, 0),
        Break(HostCr4MustBeZero, VmcsNatural.HostCr4, 0, 1UL << 40),
        Break(HostCr3Width, VmcsNatural.HostCr3, 0, Beyond),
        Break(HostSysenterAddress, VmcsNatural.HostSysenterEsp, 0, NotCanonical),
        Break(HostSysenterAddress, VmcsNatural.HostSysenterEip, 0, NotCanonical),
        Break(HostPat, Vmcs64.HostPat, All, 2),
        Break(HostEferReserved, Vmcs64.HostEfer, 0, 1u << 1),
        Break(HostEferMode, Vmcs64.HostEfer, 1u << 10, 0),
        Break(HostSelectorBits, Vmcs16.HostCsSelector, 0, 3),
        Break(HostSelectorBits, Vmcs16.HostDsSelector, 0, 4),
        Break(HostCsIsNull, Vmcs16.HostCsSelector, All, 0),
        Break(HostTrIsNull, Vmcs16.HostTrSelector, All, 0),
        Break(HostBaseCanonical, VmcsNatural.HostFsBase, 0, NotCanonical),
        Break(HostBaseCanonical, VmcsNatural.HostGdtrBase, 0, NotCanonical),
        Break(HostBaseCanonical, VmcsNatural.HostTrBase, 0, NotCanonical),
        Break(HostPae, VmcsNatural.HostCr4, 1u << 5, 0),
        Break(HostRipCanonical, VmcsNatural.HostRip, 0, NotCanonical),

        Break(GuestRflagsReserved, VmcsNatural.GuestRflags, 0, 1u << 15),
        Break(GuestRflagsReserved, VmcsNatural.GuestRflags, 1u << 1, 0),
        Break(GuestCr0MustBeOne, VmcsNatural.GuestCr0, 1u << 5, 0),
        Break(GuestPagingNeedsProtection, VmcsNatural.GuestCr0, 1, 1u << 31),
        Break(GuestCr4MustBeOne, VmcsNatural.GuestCr4, 1u << 13, 0),
        Break(GuestCr4MustBeZero, VmcsNatural.GuestCr4, 0, 1u << 30),
        Break(GuestDebugCtlReserved, Vmcs64.GuestDebugCtl, 0, 1u << 2),
        Break(GuestLongModeNeedsPaging, Vmcs32.EntryControls, 0, (ulong)EntryControls.Ia32eModeGuest),
        Break(GuestCr3Width, VmcsNatural.GuestCr3, 0, Beyond),
        Break(GuestDr7Upper, VmcsNatural.GuestDr7, 0, 1UL << 32),
        Break(GuestSysenterAddress, VmcsNatural.GuestSysenterEsp, 0, NotCanonical),
        Break(GuestPat, Vmcs64.GuestPat, All, 2),
        Break(GuestEferReserved, Vmcs64.GuestEfer, 0, 1u << 1),
        Break(GuestEferLongModeActive, Vmcs64.GuestEfer, 0, 1u << 10),
        Break(GuestTrSelectorTable, Vmcs16.GuestTrSelector, 0, 4),
        Break(GuestLdtrSelectorTable, Vmcs16.GuestLdtrSelector, 0, 4),
        Break(GuestBaseCanonical, VmcsNatural.GuestTrBase, 0, NotCanonical),
        Break(GuestBaseUpper, VmcsNatural.GuestDsBase, 0, 1UL << 32),
        Break(GuestCsType, Vmcs32.GuestCsAccessRights, 0xF, 7),
        Break(GuestSsType, Vmcs32.GuestSsAccessRights, 0xF, 1),
        Break(GuestDataAccessed, Vmcs32.GuestDsAccessRights, 1, 0),
        Break(GuestSegmentIsCodeOrData, Vmcs32.GuestEsAccessRights, 1u << 4, 0),
        Break(GuestSsDplIsZero, Vmcs32.GuestCsAccessRights, 0xF, 3, Vmcs32.GuestSsAccessRights, 0xC0F3),
        Break(GuestSegmentPresent, Vmcs32.GuestFsAccessRights, 1u << 7, 0),
        Break(GuestSegmentReserved, Vmcs32.GuestGsAccessRights, 0, 1u << 8),
        Break(GuestGranularityMustBeClear, Vmcs32.GuestDsLimit, 0xFFF, 0xFFE),
        Break(GuestTrType, Vmcs32.GuestTrAccessRights, 0xF, 2),
        Break(GuestTrUsable, Vmcs32.GuestTrAccessRights, 0, 1u << 16),
        Break(GuestLdtrType, Vmcs32.GuestLdtrAccessRights, 0xF, 3),
        Break(GuestTableBase, VmcsNatural.GuestGdtrBase, 0, NotCanonical),
        Break(GuestTableLimit, Vmcs32.GuestIdtrLimit, 0, 1u << 16),
        Break(GuestRipUpper, VmcsNatural.GuestRip, 0, 1UL << 32),
        Break(ActivityUnsupported, Vmcs32.GuestActivityState, All, 4),
        Break(InterruptibilityReserved, Vmcs32.GuestInterruptibilityState, 0, 1u << 5),
        Break(StiAndMovSsBlocking, Vmcs32.GuestInterruptibilityState, 0, 3),
        Break(StiBlockingNeedsInterruptFlag, Vmcs32.GuestInterruptibilityState, 0, 1),
        Break(ActivityNeedsNoBlocking, Vmcs32.GuestInterruptibilityState, 0, 2, Vmcs32.GuestActivityState, 1),
        Break(SmiBlockingOutsideSmm, Vmcs32.GuestInterruptibilityState, 0, 4),
        Break(PendingDebugReserved, VmcsNatural.GuestPendingDebugExceptions, 0, 1u << 5),
        Break(LinkPointerAddress, Vmcs64.VmcsLinkPointer, All, 0x800),
    ];

    // CR0.PE is not among them: without it in long mode Bochs ends itself.
    private static BrokenEntry[] VmcbRows() =>
    [
        Break(SvmRule.SvmeIsClear, nameof(Vmcb.Efer), 1u << 12, 0),
        Break(SvmRule.NotWriteThroughNeedsCacheDisable, nameof(Vmcb.Cr0), 1u << 30, 1u << 29),
        Break(SvmRule.Cr0Upper, nameof(Vmcb.Cr0), 0, 1UL << 40),
        Break(SvmRule.Cr3Width, nameof(Vmcb.Cr3), 0, Beyond, isLong: true),
        Break(SvmRule.Cr4Reserved, nameof(Vmcb.Cr4), 0, 1u << 30),
        Break(SvmRule.Cr4Reserved, nameof(Vmcb.Cr4), 0, 1u << 13),
        Break(SvmRule.Cr4Reserved, nameof(Vmcb.Cr4), 0, 1UL << 40),
        Break(SvmRule.Dr6Upper, nameof(Vmcb.Dr6), 0, 1UL << 32),
        Break(SvmRule.Dr7Upper, nameof(Vmcb.Dr7), 0, 1UL << 32),
        Break(SvmRule.EferReserved, nameof(Vmcb.Efer), 0, 1u << 1),
        Break(SvmRule.EferReserved, nameof(Vmcb.Efer), 0, 1UL << 40),
        Break(SvmRule.LongModeNeedsPae, nameof(Vmcb.Cr4), 1u << 5, 0, isLong: true),
        Break(SvmRule.LongAndBig, nameof(Vmcb.Cs), 0, 0x400 << 16, isLong: true),
        Break(SvmRule.VmrunNotIntercepted, nameof(Vmcb.Instructions), 1, 0),
        Break(SvmRule.PortMapAddress, nameof(Vmcb.PortMap), 0, Beyond),
        Break(SvmRule.MsrMapAddress, nameof(Vmcb.MsrMap), 0, Beyond),
        Break(SvmRule.InjectionType, nameof(Vmcb.Injection), 0, Injected | (1u << 8)),
        Break(SvmRule.InjectionType, nameof(Vmcb.Injection), 0, Injected | (5u << 8)),
        Break(SvmRule.InjectionVector, nameof(Vmcb.Injection), 0, InjectedException | 2),
        Break(SvmRule.InjectionVector, nameof(Vmcb.Injection), 0, InjectedException | 32),
        Break(SvmRule.AsidIsZero, nameof(Vmcb.Asid), uint.MaxValue, 0),
        Break(SvmRule.AsidTooHigh, nameof(Vmcb.Asid), 0, uint.MaxValue),
        Break(SvmRule.Pat, nameof(Vmcb.Pat), 0xFF, 2),
        Break(SvmRule.NestedRoot, nameof(Vmcb.NestedRoot), 0, Beyond),
    ];

    private static BrokenEntry Break(SvmRule rule, string field, ulong clear, ulong set, bool isLong = false) => new()
    {
        Rule = (uint)rule,
        Field = Vmcb.FirstNumber + (uint)Marshal.OffsetOf<Vmcb>(field),
        Clear = clear,
        Set = set,
        LongMode = isLong ? 1u : 0,
    };

    private static BrokenEntry Break(
        AuditRule rule, Enum field, ulong clear, ulong set, Vmcs32 second = 0, uint secondValue = 0) => new()
        {
            Rule = (uint)rule,
            Field = Convert.ToUInt32(field),
            Clear = clear,
            Set = set,
            SecondField = (uint)second,
            SecondValue = secondValue,
        };
}
