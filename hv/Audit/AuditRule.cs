// Every rule an entry checks, in the manual's order, and what it says. The upper half is the stage. SDM 3C 28.2 Checks
// on VMX Controls and Host-State Area, 28.3 Checking and Loading Guest State, 28.4 Loading MSRs. Left out: what
// concerns system management mode beyond "we are not in it", FRED, and MSR values only the processor's model can judge.
namespace MinusOne.Hv.Audit;

internal enum AuditRule : uint
{
    None = 0,

    // 28.2.1.1 VM-Execution Control Fields.
    [Says("a pin-based control that must be 1 is 0")] PinControlsMustBeOne = 0x100,
    [Says("a pin-based control is 1 that this processor does not have")] PinControlsMustBeZero,
    [Says("a primary control that must be 1 is 0")] PrimaryControlsMustBeOne,
    [Says("a primary control is 1 that this processor does not have")] PrimaryControlsMustBeZero,
    [Says("a secondary control that must be 1 is 0")] SecondaryControlsMustBeOne,
    [Says("a secondary control is 1 that this processor does not have")] SecondaryControlsMustBeZero,
    [Says("a tertiary control is 1 that this processor does not have")] TertiaryControlsMustBeZero,
    [Says("more CR3 targets than this processor has")] Cr3TargetCount,
    [Says("an I/O bitmap must be page-aligned and within the physical-address width")] IoBitmapAddress,
    [Says("the MSR bitmaps must be page-aligned and within the physical-address width")] MsrBitmapAddress,
    [Says("the virtual-APIC page must be page-aligned and within the physical-address width")] VirtualApicAddress,
    [Says("bits 31:4 of the TPR threshold must be 0")] TprThresholdReserved,
    [Says("the TPR threshold must not be above bits 7:4 of the virtual TPR")] TprThresholdAboveVtpr,
    [Says("APIC virtualisation needs the TPR shadow")] ApicVirtualizationNeedsTprShadow,
    [Says("virtual NMIs need NMI exiting")] VirtualNmisNeedNmiExiting,
    [Says("NMI-window exiting needs virtual NMIs")] NmiWindowNeedsVirtualNmis,
    [Says("the APIC-access page must be page-aligned and within the physical-address width")] ApicAccessAddress,
    [Says("virtualize x2APIC mode and virtualize APIC accesses exclude each other")] X2ApicModeExcludesApicAccesses,
    [Says("virtual-interrupt delivery needs external-interrupt exiting")] VirtualInterruptsNeedInterruptExiting,
    [Says("posted interrupts need virtual-interrupt delivery")] PostedInterruptsNeedVirtualInterrupts,
    [Says("posted interrupts need acknowledge interrupt on exit")] PostedInterruptsNeedAcknowledge,
    [Says("bits 15:8 of the posted-interrupt notification vector must be 0")] PostedInterruptVector,
    [Says("the posted-interrupt descriptor must be 64-byte aligned and within the physical-address width")]
    PostedInterruptDescriptorAddress,
    [Says("the PID-pointer table must be 8-byte aligned and end within the physical-address width")]
    PidPointerTableAddress,
    [Says("VPID 0 belongs to the host")] VpidIsZero,
    [Says("the EPT pointer's memory type must be one this processor can walk with")] EptMemoryType,
    [Says("the EPT pointer's walk length must be one this processor has")] EptWalkLength,
    [Says("the EPT pointer asks for accessed and dirty flags this processor does not have")] EptAccessedAndDirty,
    [Says("the EPT pointer asks for shadow-stack control this processor does not have")] EptSupervisorShadowStack,
    [Says("bits 11:8 of the EPT pointer and those beyond the physical-address width must be 0")] EptPointerReserved,
    [Says("page-modification logging needs EPT")] PmlNeedsEpt,
    [Says("the page-modification log must be page-aligned and within the physical-address width")] PmlAddress,
    [Says("unrestricted guest needs EPT")] UnrestrictedGuestNeedsEpt,
    [Says("mode-based execute control needs EPT")] ModeBasedExecuteNeedsEpt,
    [Says("sub-page write permissions need EPT")] SubPagePermissionsNeedEpt,
    [Says("the sub-page-permission table must be page-aligned and within the physical-address width")]
    SubPagePermissionTable,
    [Says("a VM function is enabled that this processor does not have")] VmFunctionsReserved,
    [Says("EPTP switching needs EPT")] EptpSwitchingNeedsEpt,
    [Says("the EPTP list must be page-aligned and within the physical-address width")] EptpListAddress,
    [Says("the VMREAD bitmap must be page-aligned and within the physical-address width")] VmReadBitmapAddress,
    [Says("the VMWRITE bitmap must be page-aligned and within the physical-address width")] VmWriteBitmapAddress,
    [Says("the #VE information must be page-aligned and within the physical-address width")]
    VirtualizationExceptionAddress,
    [Says("tracing by guest-physical address needs EPT, load IA32_RTIT_CTL and clear IA32_RTIT_CTL")]
    PtNeedsEptAndRtitControls,
    [Says("TSC scaling needs a multiplier that is not 0")] TscMultiplierIsZero,
    [Says("hypervisor-managed linear-address translation needs EPT")] HlatNeedsEpt,
    [Says("bits 11:5 and 2:0 of the HLAT pointer and those beyond the physical-address width must be 0")] HlatPointer,
    [Says("the HLAT prefix is longer than this processor's")] HlatPrefixSize,
    [Says("EPT paging-write control needs EPT")] PagingWriteNeedsEpt,
    [Says("guest-paging verification needs EPT")] PagingVerificationNeedsEpt,
    [Says("a PASID directory must be page-aligned and within the physical-address width")] PasidDirectoryAddress,

    // 28.2.1.2 VM-Exit Control Fields.
    [Says("an exit control that must be 1 is 0")] ExitControlsMustBeOne,
    [Says("an exit control is 1 that this processor does not have")] ExitControlsMustBeZero,
    [Says("a secondary exit control is 1 that this processor does not have")] SecondaryExitControlsMustBeZero,
    [Says("saving the preemption timer needs the preemption timer")] TimerSaveNeedsTimer,
    [Says("the exit MSR-store area must be 16-byte aligned and within the physical-address width")] ExitMsrStoreAddress,
    [Says("the exit MSR-store area must end within the physical-address width")] ExitMsrStoreEnd,
    [Says("the exit MSR-load area must be 16-byte aligned and within the physical-address width")] ExitMsrLoadAddress,
    [Says("the exit MSR-load area must end within the physical-address width")] ExitMsrLoadEnd,

    // 28.2.1.3 VM-Entry Control Fields.
    [Says("an entry control that must be 1 is 0")] EntryControlsMustBeOne,
    [Says("an entry control is 1 that this processor does not have")] EntryControlsMustBeZero,
    [Says("the injected event is of a reserved type")] InjectionType,
    [Says("the injected event's vector does not fit its type (NMI: 2, exception: at most 31, other event: 0)")]
    InjectionVector,
    [Says("an injected event has an error code exactly if it is an exception with one, outside real mode")]
    InjectionErrorCodePresence,
    [Says("bits 30:12 of the injected event must be 0")] InjectionReserved,
    [Says("bits 31:16 of the injected error code must be 0")] InjectionErrorCode,
    [Says("an injected software event needs the length of its instruction, at most 15")] InjectionInstructionLength,
    [Says("the entry MSR-load area must be 16-byte aligned and within the physical-address width")] EntryMsrLoadAddress,
    [Says("the entry MSR-load area must end within the physical-address width")] EntryMsrLoadEnd,
    [Says("entry to SMM is only for system management mode")] EntryToSmm,
    [Says("deactivate dual-monitor treatment is only for system management mode")] DeactivateDualMonitor,

    // 28.2.2 Checks on Host Control Registers, MSRs, and SSP.
    [Says("a bit of host CR0 that VMX operation wants 1 is 0")] HostCr0MustBeOne = 0x200,
    [Says("a bit of host CR0 that VMX operation wants 0 is 1")] HostCr0MustBeZero,
    [Says("a bit of host CR4 that VMX operation wants 1 is 0")] HostCr4MustBeOne,
    [Says("a bit of host CR4 that VMX operation wants 0 is 1")] HostCr4MustBeZero,
    [Says("host CR4.CET needs CR0.WP")] HostCetNeedsWriteProtect,
    [Says("host CR3 must lie within the physical-address width")] HostCr3Width,
    [Says("a host SYSENTER address must be canonical")] HostSysenterAddress,
    [Says("host IA32_S_CET holds a value WRMSR would refuse")] HostSCet,
    [Says("bits 1:0 of host SSP must be 0")] HostSspAlignment,
    [Says("host SSP must be an address of the host's mode")] HostSspCanonical,
    [Says("the host's interrupt SSP table must be at a canonical address")] HostInterruptSspTable,
    [Says("a reserved bit of host IA32_PERF_GLOBAL_CTRL is 1")] HostPerfGlobalCtrl,
    [Says("host IA32_PAT holds something that is no memory type")] HostPat,
    [Says("a reserved bit of host IA32_EFER is 1")] HostEferReserved,
    [Says("LMA and LME of host IA32_EFER must both equal host address-space size")] HostEferMode,
    [Says("bits 63:32 of host IA32_PKRS must be 0")] HostPkrs,

    // 28.2.3 Checks on Host Segment and Descriptor-Table Registers.
    [Says("RPL and TI of a host selector must be 0")] HostSelectorBits,
    [Says("the host's CS must not be null")] HostCsIsNull,
    [Says("the host's TR must not be null")] HostTrIsNull,
    [Says("a 32-bit host's SS must not be null")] HostSsIsNull,
    [Says("a host base address must be canonical")] HostBaseCanonical,

    // 28.2.4 Checks Related to Address-Space Size.
    [Says("64-bit code enters the guest, so host address-space size must be 1")] HostAddressSpaceSize,
    [Says("a 32-bit host cannot have an IA-32e mode guest")] HostIa32eGuest,
    [Says("a 32-bit host cannot use CR4.PCIDE")] HostPcid,
    [Says("bits 63:32 of a 32-bit host's RIP must be 0")] HostRip32,
    [Says("a 64-bit host needs CR4.PAE")] HostPae,
    [Says("a 64-bit host's RIP must be canonical")] HostRipCanonical,

    // 28.3.1.4 Checks on Guest RIP, RFLAGS, and SSP: first, because the rest depends on RFLAGS.VM.
    [Says("a reserved bit of guest RFLAGS has the wrong value")] GuestRflagsReserved = 0x300,
    [Says("guest RFLAGS.VM needs CR0.PE and a guest outside IA-32e mode")] GuestRflagsVirtual8086,
    [Says("injecting an external interrupt needs guest RFLAGS.IF")] GuestRflagsInterruptEnable,

    // 28.3.1.1 Checks on Guest Control Registers, Debug Registers, and MSRs.
    [Says("a bit of guest CR0 that VMX operation wants 1 is 0")] GuestCr0MustBeOne,
    [Says("a bit of guest CR0 that VMX operation wants 0 is 1")] GuestCr0MustBeZero,
    [Says("guest CR0.PG needs CR0.PE")] GuestPagingNeedsProtection,
    [Says("a bit of guest CR4 that VMX operation wants 1 is 0")] GuestCr4MustBeOne,
    [Says("a bit of guest CR4 that VMX operation wants 0 is 1")] GuestCr4MustBeZero,
    [Says("guest CR4.CET needs CR0.WP")] GuestCetNeedsWriteProtect,
    [Says("a reserved bit of guest IA32_DEBUGCTL is 1")] GuestDebugCtlReserved,
    [Says("an IA-32e mode guest needs CR0.PG")] GuestLongModeNeedsPaging,
    [Says("an IA-32e mode guest needs CR4.PAE")] GuestLongModeNeedsPae,
    [Says("guest CR4.PCIDE needs IA-32e mode")] GuestPcidNeedsLongMode,
    [Says("guest CR3 must lie within the physical-address width")] GuestCr3Width,
    [Says("bits 63:32 of guest DR7 must be 0")] GuestDr7Upper,
    [Says("a guest SYSENTER address must be canonical")] GuestSysenterAddress,
    [Says("guest IA32_S_CET holds a value WRMSR would refuse")] GuestSCet,
    [Says("the guest's interrupt SSP table must be at a canonical address")] GuestInterruptSspTable,
    [Says("a reserved bit of guest IA32_PERF_GLOBAL_CTRL is 1")] GuestPerfGlobalCtrl,
    [Says("guest IA32_PAT holds something that is no memory type")] GuestPat,
    [Says("a reserved bit of guest IA32_EFER is 1")] GuestEferReserved,
    [Says("LMA of guest IA32_EFER must equal the entry control IA-32e mode guest")] GuestEferLongModeActive,
    [Says("LMA and LME of guest IA32_EFER must be equal while CR0.PG is 1")] GuestEferLongModeEnable,
    [Says("guest IA32_BNDCFGS holds a value WRMSR would refuse")] GuestBndCfgs,
    [Says("a reserved bit of guest IA32_RTIT_CTL is 1")] GuestRtitCtl,
    [Says("a reserved bit of guest IA32_LBR_CTL is 1")] GuestLbrCtl,
    [Says("bits 63:32 of guest IA32_PKRS must be 0")] GuestPkrs,
    [Says("bits 15:8 of guest UINV must be 0")] GuestUserInterruptVector,

    // 28.3.1.2 Checks on Guest Segment Registers.
    [Says("guest TR must come from the GDT")] GuestTrSelectorTable,
    [Says("guest LDTR must come from the GDT")] GuestLdtrSelectorTable,
    [Says("RPL of guest SS must be that of CS")] GuestSsRplIsCsRpl,
    [Says("a virtual-8086 guest's base must be its selector times 16")] GuestVirtual8086Base,
    [Says("a guest base address must be canonical")] GuestBaseCanonical,
    [Says("bits 63:32 of a guest base address must be 0")] GuestBaseUpper,
    [Says("a virtual-8086 guest's limit must be FFFF")] GuestVirtual8086Limit,
    [Says("a virtual-8086 guest's access rights must be F3")] GuestVirtual8086Rights,
    [Says("guest CS must be accessed code (an unrestricted guest's may be writable data)")] GuestCsType,
    [Says("guest SS must be writable accessed data")] GuestSsType,
    [Says("a guest data segment must be accessed")] GuestDataAccessed,
    [Says("a guest code segment in a data register must be readable")] GuestDataReadable,
    [Says("S of a guest code or data segment must be 1")] GuestSegmentIsCodeOrData,
    [Says("DPL of a guest CS that is data must be 0")] GuestDataCsDpl,
    [Says("DPL of a nonconforming guest CS must be that of SS")] GuestCsDplIsSsDpl,
    [Says("DPL of a conforming guest CS must not be above that of SS")] GuestCsDplAboveSsDpl,
    [Says("DPL of guest SS must be its RPL")] GuestSsDplIsRpl,
    [Says("DPL of guest SS must be 0 in real mode and with CS as data")] GuestSsDplIsZero,
    [Says("DPL of a guest data segment must not be below its RPL")] GuestDataDplBelowRpl,
    [Says("a usable guest segment must be present")] GuestSegmentPresent,
    [Says("a reserved bit of guest access rights is 1")] GuestSegmentReserved,
    [Says("D/B and L of guest CS must not both be 1")] GuestCsLongAndBig,
    [Says("G of a guest segment must be 0 if one of bits 11:0 of its limit is 0")] GuestGranularityMustBeClear,
    [Says("G of a guest segment must be 1 if one of bits 31:20 of its limit is 1")] GuestGranularityMustBeSet,
    [Says("guest TR must be a busy TSS, in IA-32e mode a 64-bit one")] GuestTrType,
    [Says("guest TR must be usable")] GuestTrUsable,
    [Says("guest LDTR must be an LDT")] GuestLdtrType,
    [Says("S of guest TR and LDTR must be 0")] GuestSystemSegment,

    // 28.3.1.3 Checks on Guest Descriptor-Table Registers.
    [Says("the base of a guest descriptor table must be canonical")] GuestTableBase,
    [Says("bits 31:16 of a guest descriptor table's limit must be 0")] GuestTableLimit,

    // 28.3.1.4 Checks on Guest RIP, RFLAGS, and SSP.
    [Says("bits 63:32 of guest RIP must be 0 outside 64-bit mode")] GuestRipUpper,
    [Says("bits of guest RIP beyond the linear-address width must be alike")] GuestRipLinear,
    [Says("bits 1:0 of guest SSP must be 0")] GuestSspAlignment,
    [Says("bits 63:32 of guest SSP must be 0 outside 64-bit mode")] GuestSspUpper,
    [Says("bits of guest SSP beyond the linear-address width must be alike")] GuestSspLinear,

    // 28.3.1.5 Checks on Guest Non-Register State.
    [Says("this processor does not have the guest's activity state")] ActivityUnsupported,
    [Says("activity state HLT needs a guest at privilege level 0")] ActivityHltNeedsDpl0,
    [Says("blocking by STI or MOV SS needs the active state")] ActivityNeedsNoBlocking,
    [Says("the injected event would not wake the guest from its activity state")] ActivityBlocksInjection,
    [Says("an entry to SMM cannot wait for a SIPI")] ActivityWaitForSipiInSmm,
    [Says("a reserved bit of the interruptibility state is 1")] InterruptibilityReserved,
    [Says("blocking by STI and by MOV SS exclude each other")] StiAndMovSsBlocking,
    [Says("blocking by STI needs guest RFLAGS.IF")] StiBlockingNeedsInterruptFlag,
    [Says("an external interrupt cannot be injected under blocking by STI or MOV SS")] ExternalInterruptBlocked,
    [Says("an NMI cannot be injected under blocking by MOV SS")] NmiBlockedByMovSs,
    [Says("blocking by SMI is only for system management mode")] SmiBlockingOutsideSmm,
    [Says("an entry to SMM needs blocking by SMI")] SmmEntryNeedsSmiBlocking,
    [Says("some processors do not inject an NMI under blocking by STI")] NmiBlockedBySti,
    [Says("a virtual NMI cannot be injected under blocking by NMI")] VirtualNmiBlocked,
    [Says("an interrupted enclave needs SGX, and no blocking by MOV SS")] EnclaveInterruption,
    [Says("a reserved bit of the pending debug exceptions is 1")] PendingDebugReserved,
    [Says("while RFLAGS.TF steps a guest whose debug exceptions wait, BS must be pending")] PendingStepMissing,
    [Says("while nothing steps a guest whose debug exceptions wait, BS must not be pending")] PendingStepWithoutTrap,
    [Says("a pending debug exception in a transaction needs RTM and excludes the others")] PendingDebugTransaction,
    [Says("the VMCS link pointer must be page-aligned and within the physical-address width, or all ones")]
    LinkPointerAddress,
    [Says("the VMCS link pointer must lead to a VMCS of this processor, a shadow VMCS with VMCS shadowing")]
    LinkPointerRevision,
    [Says("the VMCS link pointer must not lead to this VMCS")] LinkPointerIsCurrent,

    // 28.3.1.6 Checks on Guest Page-Directory-Pointer-Table Entries.
    [Says("a reserved bit of a present PDPTE is 1")] GuestPdpteReserved,

    // 28.4 Loading MSRs.
    [Says("an entry cannot load the base of FS or GS from its MSR area")] EntryMsrIsSegmentBase = 0x400,
    [Says("an entry cannot load a register of the x2APIC")] EntryMsrIsX2Apic,
    [Says("an entry cannot load this MSR")] EntryMsrNotLoadable,
    [Says("bits 63:32 of an entry in the MSR-load area must be 0")] EntryMsrReserved,
    [Says("the MSR would refuse the value to be loaded")] EntryMsrValue,
}

// The four stages in which an entry checks the VMCS; each fails in its own way. SDM 3C 28 VM Entries. The value is
// the upper half of an AuditRule, or of a SvmRule.
internal enum AuditStage : uint
{
    None = 0,

    // VMfailValid with error 7.
    [Says("controls")] Controls = 1,

    // VMfailValid with error 8.
    [Says("host state")] HostState = 2,

    // An exit with reason 0x8000_0021.
    [Says("guest state")] GuestState = 3,

    // An exit with reason 0x8000_0022, the entry's number in its qualification.
    [Says("MSRs to load")] MsrLoading = 4,

    // The other make's exit VMEXIT_INVALID, whose rules are those of SvmRule.
    [Says("VMRUN")] Vmrun = 5,

    // An instruction error that no rule has.
    Other = 6,
}
