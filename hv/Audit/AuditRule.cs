// Every rule an entry checks, in the manual's order. The upper half is the stage. SDM 3C 28.2 Checks on VMX Controls
// and Host-State Area, 28.3 Checking and Loading Guest State, 28.4 Loading MSRs. Left out: what concerns system
// management mode beyond "we are not in it", FRED, and MSR values only the processor's model can judge.

namespace MinusOne.Hv.Audit;

internal enum AuditRule : uint
{
    None = 0,

    // 28.2.1.1 VM-Execution Control Fields.
    PinControlsMustBeOne = 0x100,
    PinControlsMustBeZero,
    PrimaryControlsMustBeOne,
    PrimaryControlsMustBeZero,
    SecondaryControlsMustBeOne,
    SecondaryControlsMustBeZero,
    TertiaryControlsMustBeZero,
    Cr3TargetCount,
    IoBitmapAddress,
    MsrBitmapAddress,
    VirtualApicAddress,
    TprThresholdReserved,
    TprThresholdAboveVtpr,
    ApicVirtualizationNeedsTprShadow,
    VirtualNmisNeedNmiExiting,
    NmiWindowNeedsVirtualNmis,
    ApicAccessAddress,
    X2ApicModeExcludesApicAccesses,
    VirtualInterruptsNeedInterruptExiting,
    PostedInterruptsNeedVirtualInterrupts,
    PostedInterruptsNeedAcknowledge,
    PostedInterruptVector,
    PostedInterruptDescriptorAddress,
    PidPointerTableAddress,
    VpidIsZero,
    EptMemoryType,
    EptWalkLength,
    EptAccessedAndDirty,
    EptSupervisorShadowStack,
    EptPointerReserved,
    PmlNeedsEpt,
    PmlAddress,
    UnrestrictedGuestNeedsEpt,
    ModeBasedExecuteNeedsEpt,
    SubPagePermissionsNeedEpt,
    SubPagePermissionTable,
    VmFunctionsReserved,
    EptpSwitchingNeedsEpt,
    EptpListAddress,
    VmReadBitmapAddress,
    VmWriteBitmapAddress,
    VirtualizationExceptionAddress,
    PtNeedsEptAndRtitControls,
    TscMultiplierIsZero,
    HlatNeedsEpt,
    HlatPointer,
    HlatPrefixSize,
    PagingWriteNeedsEpt,
    PagingVerificationNeedsEpt,
    PasidDirectoryAddress,

    // 28.2.1.2 VM-Exit Control Fields.
    ExitControlsMustBeOne,
    ExitControlsMustBeZero,
    SecondaryExitControlsMustBeZero,
    TimerSaveNeedsTimer,
    ExitMsrStoreAddress,
    ExitMsrStoreEnd,
    ExitMsrLoadAddress,
    ExitMsrLoadEnd,

    // 28.2.1.3 VM-Entry Control Fields.
    EntryControlsMustBeOne,
    EntryControlsMustBeZero,
    InjectionType,
    InjectionVector,
    InjectionErrorCodePresence,
    InjectionReserved,
    InjectionErrorCode,
    InjectionInstructionLength,
    EntryMsrLoadAddress,
    EntryMsrLoadEnd,
    EntryToSmm,
    DeactivateDualMonitor,

    // 28.2.2 Checks on Host Control Registers, MSRs, and SSP.
    HostCr0MustBeOne = 0x200,
    HostCr0MustBeZero,
    HostCr4MustBeOne,
    HostCr4MustBeZero,
    HostCetNeedsWriteProtect,
    HostCr3Width,
    HostSysenterAddress,
    HostSCet,
    HostSspAlignment,
    HostSspCanonical,
    HostInterruptSspTable,
    HostPerfGlobalCtrl,
    HostPat,
    HostEferReserved,
    HostEferMode,
    HostPkrs,

    // 28.2.3 Checks on Host Segment and Descriptor-Table Registers.
    HostSelectorBits,
    HostCsIsNull,
    HostTrIsNull,
    HostSsIsNull,
    HostBaseCanonical,

    // 28.2.4 Checks Related to Address-Space Size.
    HostAddressSpaceSize,
    HostIa32eGuest,
    HostPcid,
    HostRip32,
    HostPae,
    HostRipCanonical,

    // 28.3.1.4 Checks on Guest RIP, RFLAGS, and SSP: first, because the rest depends on RFLAGS.VM.
    GuestRflagsReserved = 0x300,
    GuestRflagsVirtual8086,
    GuestRflagsInterruptEnable,

    // 28.3.1.1 Checks on Guest Control Registers, Debug Registers, and MSRs.
    GuestCr0MustBeOne,
    GuestCr0MustBeZero,
    GuestPagingNeedsProtection,
    GuestCr4MustBeOne,
    GuestCr4MustBeZero,
    GuestCetNeedsWriteProtect,
    GuestDebugCtlReserved,
    GuestLongModeNeedsPaging,
    GuestLongModeNeedsPae,
    GuestPcidNeedsLongMode,
    GuestCr3Width,
    GuestDr7Upper,
    GuestSysenterAddress,
    GuestSCet,
    GuestInterruptSspTable,
    GuestPerfGlobalCtrl,
    GuestPat,
    GuestEferReserved,
    GuestEferLongModeActive,
    GuestEferLongModeEnable,
    GuestBndCfgs,
    GuestRtitCtl,
    GuestLbrCtl,
    GuestPkrs,
    GuestUserInterruptVector,

    // 28.3.1.2 Checks on Guest Segment Registers.
    GuestTrSelectorTable,
    GuestLdtrSelectorTable,
    GuestSsRplIsCsRpl,
    GuestVirtual8086Base,
    GuestBaseCanonical,
    GuestBaseUpper,
    GuestVirtual8086Limit,
    GuestVirtual8086Rights,
    GuestCsType,
    GuestSsType,
    GuestDataAccessed,
    GuestDataReadable,
    GuestSegmentIsCodeOrData,
    GuestDataCsDpl,
    GuestCsDplIsSsDpl,
    GuestCsDplAboveSsDpl,
    GuestSsDplIsRpl,
    GuestSsDplIsZero,
    GuestDataDplBelowRpl,
    GuestSegmentPresent,
    GuestSegmentReserved,
    GuestCsLongAndBig,
    GuestGranularityMustBeClear,
    GuestGranularityMustBeSet,
    GuestTrType,
    GuestTrUsable,
    GuestLdtrType,
    GuestSystemSegment,

    // 28.3.1.3 Checks on Guest Descriptor-Table Registers.
    GuestTableBase,
    GuestTableLimit,

    // 28.3.1.4 Checks on Guest RIP, RFLAGS, and SSP.
    GuestRipUpper,
    GuestRipLinear,
    GuestSspAlignment,
    GuestSspUpper,
    GuestSspLinear,

    // 28.3.1.5 Checks on Guest Non-Register State.
    ActivityUnsupported,
    ActivityHltNeedsDpl0,
    ActivityNeedsNoBlocking,
    ActivityBlocksInjection,
    ActivityWaitForSipiInSmm,
    InterruptibilityReserved,
    StiAndMovSsBlocking,
    StiBlockingNeedsInterruptFlag,
    ExternalInterruptBlocked,
    NmiBlockedByMovSs,
    SmiBlockingOutsideSmm,
    SmmEntryNeedsSmiBlocking,
    NmiBlockedBySti,
    VirtualNmiBlocked,
    EnclaveInterruption,
    PendingDebugReserved,
    PendingStepMissing,
    PendingStepWithoutTrap,
    PendingDebugTransaction,
    LinkPointerAddress,
    LinkPointerRevision,
    LinkPointerIsCurrent,

    // 28.3.1.6 Checks on Guest Page-Directory-Pointer-Table Entries.
    GuestPdpteReserved,

    // 28.4 Loading MSRs.
    EntryMsrIsSegmentBase = 0x400,
    EntryMsrIsX2Apic,
    EntryMsrNotLoadable,
    EntryMsrReserved,
    EntryMsrValue,

    // 29.4 Saving MSRs, 29.6 Loading MSRs.
    ExitStoreMsrIsX2Apic = 0x500,
    ExitStoreMsrNotReadable,
    ExitStoreMsrReserved,
    ExitLoadMsrIsSegmentBase,
    ExitLoadMsrIsX2Apic,
    ExitLoadMsrNotLoadable,
    ExitLoadMsrReserved,
    ExitLoadMsrValue,
}

// The four stages in which an entry checks the VMCS; each fails in its own way. SDM 3C 28 VM Entries. The fifth is not
// checked by an entry at all: a broken exit area aborts the next exit. The value is the upper half of an AuditRule.
internal enum AuditStage : uint
{
    None = 0,

    // VMfailValid with error 7.
    Controls = 1,

    // VMfailValid with error 8.
    HostState = 2,

    // An exit with reason 0x8000_0021.
    GuestState = 3,

    // An exit with reason 0x8000_0022, the entry's number in its qualification.
    MsrLoading = 4,

    // A VMX abort when the guest exits.
    ExitMsrAreas = 5,
}
