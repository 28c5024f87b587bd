// What each rule of the audit says, in one line for a report.

namespace MinusOne.Hv.Audit;

internal static class AuditRuleText
{
    public static ReadOnlySpan<byte> Of(AuditRule rule) => (AuditStage)((uint)rule >> 8) switch
    {
        AuditStage.Controls => OfControls(rule),
        AuditStage.HostState => OfHost(rule),
        AuditStage.GuestState => OfGuest(rule),
        _ => OfMsrArea(rule),
    };

    private static ReadOnlySpan<byte> OfControls(AuditRule rule) => rule switch
    {
        AuditRule.PinControlsMustBeOne => "a pin-based control that must be 1 is 0"u8,
        AuditRule.PinControlsMustBeZero => "a pin-based control is 1 that this processor does not have"u8,
        AuditRule.PrimaryControlsMustBeOne => "a primary control that must be 1 is 0"u8,
        AuditRule.PrimaryControlsMustBeZero => "a primary control is 1 that this processor does not have"u8,
        AuditRule.SecondaryControlsMustBeOne => "a secondary control that must be 1 is 0"u8,
        AuditRule.SecondaryControlsMustBeZero => "a secondary control is 1 that this processor does not have"u8,
        AuditRule.TertiaryControlsMustBeZero => "a tertiary control is 1 that this processor does not have"u8,
        AuditRule.Cr3TargetCount => "more CR3 targets than this processor has"u8,
        AuditRule.IoBitmapAddress => "an I/O bitmap must be page-aligned and within the physical-address width"u8,
        AuditRule.MsrBitmapAddress => "the MSR bitmaps must be page-aligned and within the physical-address width"u8,
        AuditRule.VirtualApicAddress =>
            "the virtual-APIC page must be page-aligned and within the physical-address width"u8,
        AuditRule.TprThresholdReserved => "bits 31:4 of the TPR threshold must be 0"u8,
        AuditRule.TprThresholdAboveVtpr => "the TPR threshold must not be above bits 7:4 of the virtual TPR"u8,
        AuditRule.ApicVirtualizationNeedsTprShadow => "APIC virtualisation needs the TPR shadow"u8,
        AuditRule.VirtualNmisNeedNmiExiting => "virtual NMIs need NMI exiting"u8,
        AuditRule.NmiWindowNeedsVirtualNmis => "NMI-window exiting needs virtual NMIs"u8,
        AuditRule.ApicAccessAddress =>
            "the APIC-access page must be page-aligned and within the physical-address width"u8,
        AuditRule.X2ApicModeExcludesApicAccesses =>
            "virtualize x2APIC mode and virtualize APIC accesses exclude each other"u8,
        AuditRule.VirtualInterruptsNeedInterruptExiting =>
            "virtual-interrupt delivery needs external-interrupt exiting"u8,
        AuditRule.PostedInterruptsNeedVirtualInterrupts => "posted interrupts need virtual-interrupt delivery"u8,
        AuditRule.PostedInterruptsNeedAcknowledge => "posted interrupts need acknowledge interrupt on exit"u8,
        AuditRule.PostedInterruptVector => "bits 15:8 of the posted-interrupt notification vector must be 0"u8,
        AuditRule.PostedInterruptDescriptorAddress =>
            "the posted-interrupt descriptor must be 64-byte aligned and within the physical-address width"u8,
        AuditRule.PidPointerTableAddress =>
            "the PID-pointer table must be 8-byte aligned and end within the physical-address width"u8,
        AuditRule.VpidIsZero => "VPID 0 belongs to the host"u8,
        AuditRule.EptMemoryType => "the EPT pointer's memory type must be one this processor can walk with"u8,
        AuditRule.EptWalkLength => "the EPT pointer's walk length must be one this processor has"u8,
        AuditRule.EptAccessedAndDirty =>
            "the EPT pointer asks for accessed and dirty flags this processor does not have"u8,
        AuditRule.EptSupervisorShadowStack =>
            "the EPT pointer asks for shadow-stack control this processor does not have"u8,
        AuditRule.EptPointerReserved =>
            "bits 11:8 of the EPT pointer and those beyond the physical-address width must be 0"u8,
        AuditRule.PmlNeedsEpt => "page-modification logging needs EPT"u8,
        AuditRule.PmlAddress =>
            "the page-modification log must be page-aligned and within the physical-address width"u8,
        AuditRule.UnrestrictedGuestNeedsEpt => "unrestricted guest needs EPT"u8,
        AuditRule.ModeBasedExecuteNeedsEpt => "mode-based execute control needs EPT"u8,
        AuditRule.SubPagePermissionsNeedEpt => "sub-page write permissions need EPT"u8,
        AuditRule.SubPagePermissionTable =>
            "the sub-page-permission table must be page-aligned and within the physical-address width"u8,
        AuditRule.VmFunctionsReserved => "a VM function is enabled that this processor does not have"u8,
        AuditRule.EptpSwitchingNeedsEpt => "EPTP switching needs EPT"u8,
        AuditRule.EptpListAddress => "the EPTP list must be page-aligned and within the physical-address width"u8,
        AuditRule.VmReadBitmapAddress =>
            "the VMREAD bitmap must be page-aligned and within the physical-address width"u8,
        AuditRule.VmWriteBitmapAddress =>
            "the VMWRITE bitmap must be page-aligned and within the physical-address width"u8,
        AuditRule.VirtualizationExceptionAddress =>
            "the #VE information must be page-aligned and within the physical-address width"u8,
        AuditRule.PtNeedsEptAndRtitControls =>
            "tracing by guest-physical address needs EPT, load IA32_RTIT_CTL and clear IA32_RTIT_CTL"u8,
        AuditRule.TscMultiplierIsZero => "TSC scaling needs a multiplier that is not 0"u8,
        AuditRule.HlatNeedsEpt => "hypervisor-managed linear-address translation needs EPT"u8,
        AuditRule.HlatPointer =>
            "bits 11:5 and 2:0 of the HLAT pointer and those beyond the physical-address width must be 0"u8,
        AuditRule.HlatPrefixSize => "the HLAT prefix is longer than this processor's"u8,
        AuditRule.PagingWriteNeedsEpt => "EPT paging-write control needs EPT"u8,
        AuditRule.PagingVerificationNeedsEpt => "guest-paging verification needs EPT"u8,
        AuditRule.PasidDirectoryAddress =>
            "a PASID directory must be page-aligned and within the physical-address width"u8,
        AuditRule.ExitControlsMustBeOne => "an exit control that must be 1 is 0"u8,
        AuditRule.ExitControlsMustBeZero => "an exit control is 1 that this processor does not have"u8,
        AuditRule.SecondaryExitControlsMustBeZero =>
            "a secondary exit control is 1 that this processor does not have"u8,
        AuditRule.TimerSaveNeedsTimer => "saving the preemption timer needs the preemption timer"u8,
        AuditRule.ExitMsrStoreAddress =>
            "the exit MSR-store area must be 16-byte aligned and within the physical-address width"u8,
        AuditRule.ExitMsrStoreEnd => "the exit MSR-store area must end within the physical-address width"u8,
        AuditRule.ExitMsrLoadAddress =>
            "the exit MSR-load area must be 16-byte aligned and within the physical-address width"u8,
        AuditRule.ExitMsrLoadEnd => "the exit MSR-load area must end within the physical-address width"u8,
        AuditRule.EntryControlsMustBeOne => "an entry control that must be 1 is 0"u8,
        AuditRule.EntryControlsMustBeZero => "an entry control is 1 that this processor does not have"u8,
        AuditRule.InjectionType => "the injected event is of a reserved type"u8,
        AuditRule.InjectionVector =>
            "the injected event's vector does not fit its type (NMI: 2, exception: at most 31, other event: 0)"u8,
        AuditRule.InjectionErrorCodePresence =>
            "an injected event has an error code exactly if it is an exception with one, outside real mode"u8,
        AuditRule.InjectionReserved => "bits 30:12 of the injected event must be 0"u8,
        AuditRule.InjectionErrorCode => "bits 31:16 of the injected error code must be 0"u8,
        AuditRule.InjectionInstructionLength =>
            "an injected software event needs the length of its instruction, at most 15"u8,
        AuditRule.EntryMsrLoadAddress =>
            "the entry MSR-load area must be 16-byte aligned and within the physical-address width"u8,
        AuditRule.EntryMsrLoadEnd => "the entry MSR-load area must end within the physical-address width"u8,
        AuditRule.EntryToSmm => "entry to SMM is only for system management mode"u8,
        AuditRule.DeactivateDualMonitor => "deactivate dual-monitor treatment is only for system management mode"u8,
        _ => "?"u8,
    };

    private static ReadOnlySpan<byte> OfHost(AuditRule rule) => rule switch
    {
        AuditRule.HostCr0MustBeOne => "a bit of host CR0 that VMX operation wants 1 is 0"u8,
        AuditRule.HostCr0MustBeZero => "a bit of host CR0 that VMX operation wants 0 is 1"u8,
        AuditRule.HostCr4MustBeOne => "a bit of host CR4 that VMX operation wants 1 is 0"u8,
        AuditRule.HostCr4MustBeZero => "a bit of host CR4 that VMX operation wants 0 is 1"u8,
        AuditRule.HostCetNeedsWriteProtect => "host CR4.CET needs CR0.WP"u8,
        AuditRule.HostCr3Width => "host CR3 must lie within the physical-address width"u8,
        AuditRule.HostSysenterAddress => "a host SYSENTER address must be canonical"u8,
        AuditRule.HostSCet => "host IA32_S_CET holds a value WRMSR would refuse"u8,
        AuditRule.HostSspAlignment => "bits 1:0 of host SSP must be 0"u8,
        AuditRule.HostSspCanonical => "host SSP must be an address of the host's mode"u8,
        AuditRule.HostInterruptSspTable => "the host's interrupt SSP table must be at a canonical address"u8,
        AuditRule.HostPerfGlobalCtrl => "a reserved bit of host IA32_PERF_GLOBAL_CTRL is 1"u8,
        AuditRule.HostPat => "host IA32_PAT holds something that is no memory type"u8,
        AuditRule.HostEferReserved => "a reserved bit of host IA32_EFER is 1"u8,
        AuditRule.HostEferMode => "LMA and LME of host IA32_EFER must both equal host address-space size"u8,
        AuditRule.HostPkrs => "bits 63:32 of host IA32_PKRS must be 0"u8,
        AuditRule.HostSelectorBits => "RPL and TI of a host selector must be 0"u8,
        AuditRule.HostCsIsNull => "the host's CS must not be null"u8,
        AuditRule.HostTrIsNull => "the host's TR must not be null"u8,
        AuditRule.HostSsIsNull => "a 32-bit host's SS must not be null"u8,
        AuditRule.HostBaseCanonical => "a host base address must be canonical"u8,
        AuditRule.HostAddressSpaceSize => "64-bit code enters the guest, so host address-space size must be 1"u8,
        AuditRule.HostIa32eGuest => "a 32-bit host cannot have an IA-32e mode guest"u8,
        AuditRule.HostPcid => "a 32-bit host cannot use CR4.PCIDE"u8,
        AuditRule.HostRip32 => "bits 63:32 of a 32-bit host's RIP must be 0"u8,
        AuditRule.HostPae => "a 64-bit host needs CR4.PAE"u8,
        AuditRule.HostRipCanonical => "a 64-bit host's RIP must be canonical"u8,
        _ => "?"u8,
    };

    private static ReadOnlySpan<byte> OfGuest(AuditRule rule) => rule switch
    {
        AuditRule.GuestRflagsReserved => "a reserved bit of guest RFLAGS has the wrong value"u8,
        AuditRule.GuestRflagsVirtual8086 => "guest RFLAGS.VM needs CR0.PE and a guest outside IA-32e mode"u8,
        AuditRule.GuestRflagsInterruptEnable => "injecting an external interrupt needs guest RFLAGS.IF"u8,
        AuditRule.GuestCr0MustBeOne => "a bit of guest CR0 that VMX operation wants 1 is 0"u8,
        AuditRule.GuestCr0MustBeZero => "a bit of guest CR0 that VMX operation wants 0 is 1"u8,
        AuditRule.GuestPagingNeedsProtection => "guest CR0.PG needs CR0.PE"u8,
        AuditRule.GuestCr4MustBeOne => "a bit of guest CR4 that VMX operation wants 1 is 0"u8,
        AuditRule.GuestCr4MustBeZero => "a bit of guest CR4 that VMX operation wants 0 is 1"u8,
        AuditRule.GuestCetNeedsWriteProtect => "guest CR4.CET needs CR0.WP"u8,
        AuditRule.GuestDebugCtlReserved => "a reserved bit of guest IA32_DEBUGCTL is 1"u8,
        AuditRule.GuestLongModeNeedsPaging => "an IA-32e mode guest needs CR0.PG"u8,
        AuditRule.GuestLongModeNeedsPae => "an IA-32e mode guest needs CR4.PAE"u8,
        AuditRule.GuestPcidNeedsLongMode => "guest CR4.PCIDE needs IA-32e mode"u8,
        AuditRule.GuestCr3Width => "guest CR3 must lie within the physical-address width"u8,
        AuditRule.GuestDr7Upper => "bits 63:32 of guest DR7 must be 0"u8,
        AuditRule.GuestSysenterAddress => "a guest SYSENTER address must be canonical"u8,
        AuditRule.GuestSCet => "guest IA32_S_CET holds a value WRMSR would refuse"u8,
        AuditRule.GuestInterruptSspTable => "the guest's interrupt SSP table must be at a canonical address"u8,
        AuditRule.GuestPerfGlobalCtrl => "a reserved bit of guest IA32_PERF_GLOBAL_CTRL is 1"u8,
        AuditRule.GuestPat => "guest IA32_PAT holds something that is no memory type"u8,
        AuditRule.GuestEferReserved => "a reserved bit of guest IA32_EFER is 1"u8,
        AuditRule.GuestEferLongModeActive => "LMA of guest IA32_EFER must equal the entry control IA-32e mode guest"u8,
        AuditRule.GuestEferLongModeEnable => "LMA and LME of guest IA32_EFER must be equal while CR0.PG is 1"u8,
        AuditRule.GuestBndCfgs => "guest IA32_BNDCFGS holds a value WRMSR would refuse"u8,
        AuditRule.GuestRtitCtl => "a reserved bit of guest IA32_RTIT_CTL is 1"u8,
        AuditRule.GuestLbrCtl => "a reserved bit of guest IA32_LBR_CTL is 1"u8,
        AuditRule.GuestPkrs => "bits 63:32 of guest IA32_PKRS must be 0"u8,
        AuditRule.GuestUserInterruptVector => "bits 15:8 of guest UINV must be 0"u8,
        AuditRule.GuestTrSelectorTable => "guest TR must come from the GDT"u8,
        AuditRule.GuestLdtrSelectorTable => "guest LDTR must come from the GDT"u8,
        AuditRule.GuestSsRplIsCsRpl => "RPL of guest SS must be that of CS"u8,
        AuditRule.GuestVirtual8086Base => "a virtual-8086 guest's base must be its selector times 16"u8,
        AuditRule.GuestBaseCanonical => "a guest base address must be canonical"u8,
        AuditRule.GuestBaseUpper => "bits 63:32 of a guest base address must be 0"u8,
        AuditRule.GuestVirtual8086Limit => "a virtual-8086 guest's limit must be FFFF"u8,
        AuditRule.GuestVirtual8086Rights => "a virtual-8086 guest's access rights must be F3"u8,
        AuditRule.GuestCsType => "guest CS must be accessed code (an unrestricted guest's may be writable data)"u8,
        AuditRule.GuestSsType => "guest SS must be writable accessed data"u8,
        AuditRule.GuestDataAccessed => "a guest data segment must be accessed"u8,
        AuditRule.GuestDataReadable => "a guest code segment in a data register must be readable"u8,
        AuditRule.GuestSegmentIsCodeOrData => "S of a guest code or data segment must be 1"u8,
        AuditRule.GuestDataCsDpl => "DPL of a guest CS that is data must be 0"u8,
        AuditRule.GuestCsDplIsSsDpl => "DPL of a nonconforming guest CS must be that of SS"u8,
        AuditRule.GuestCsDplAboveSsDpl => "DPL of a conforming guest CS must not be above that of SS"u8,
        AuditRule.GuestSsDplIsRpl => "DPL of guest SS must be its RPL"u8,
        AuditRule.GuestSsDplIsZero => "DPL of guest SS must be 0 in real mode and with CS as data"u8,
        AuditRule.GuestDataDplBelowRpl => "DPL of a guest data segment must not be below its RPL"u8,
        AuditRule.GuestSegmentPresent => "a usable guest segment must be present"u8,
        AuditRule.GuestSegmentReserved => "a reserved bit of guest access rights is 1"u8,
        AuditRule.GuestCsLongAndBig => "D/B and L of guest CS must not both be 1"u8,
        AuditRule.GuestGranularityMustBeClear =>
            "G of a guest segment must be 0 if one of bits 11:0 of its limit is 0"u8,
        AuditRule.GuestGranularityMustBeSet =>
            "G of a guest segment must be 1 if one of bits 31:20 of its limit is 1"u8,
        AuditRule.GuestTrType => "guest TR must be a busy TSS, in IA-32e mode a 64-bit one"u8,
        AuditRule.GuestTrUsable => "guest TR must be usable"u8,
        AuditRule.GuestLdtrType => "guest LDTR must be an LDT"u8,
        AuditRule.GuestSystemSegment => "S of guest TR and LDTR must be 0"u8,
        AuditRule.GuestTableBase => "the base of a guest descriptor table must be canonical"u8,
        AuditRule.GuestTableLimit => "bits 31:16 of a guest descriptor table's limit must be 0"u8,
        AuditRule.GuestRipUpper => "bits 63:32 of guest RIP must be 0 outside 64-bit mode"u8,
        AuditRule.GuestRipLinear => "bits of guest RIP beyond the linear-address width must be alike"u8,
        AuditRule.GuestSspAlignment => "bits 1:0 of guest SSP must be 0"u8,
        AuditRule.GuestSspUpper => "bits 63:32 of guest SSP must be 0 outside 64-bit mode"u8,
        AuditRule.GuestSspLinear => "bits of guest SSP beyond the linear-address width must be alike"u8,
        AuditRule.ActivityUnsupported => "this processor does not have the guest's activity state"u8,
        AuditRule.ActivityHltNeedsDpl0 => "activity state HLT needs a guest at privilege level 0"u8,
        AuditRule.ActivityNeedsNoBlocking => "blocking by STI or MOV SS needs the active state"u8,
        AuditRule.ActivityBlocksInjection => "the injected event would not wake the guest from its activity state"u8,
        AuditRule.ActivityWaitForSipiInSmm => "an entry to SMM cannot wait for a SIPI"u8,
        AuditRule.InterruptibilityReserved => "a reserved bit of the interruptibility state is 1"u8,
        AuditRule.StiAndMovSsBlocking => "blocking by STI and by MOV SS exclude each other"u8,
        AuditRule.StiBlockingNeedsInterruptFlag => "blocking by STI needs guest RFLAGS.IF"u8,
        AuditRule.ExternalInterruptBlocked =>
            "an external interrupt cannot be injected under blocking by STI or MOV SS"u8,
        AuditRule.NmiBlockedByMovSs => "an NMI cannot be injected under blocking by MOV SS"u8,
        AuditRule.SmiBlockingOutsideSmm => "blocking by SMI is only for system management mode"u8,
        AuditRule.SmmEntryNeedsSmiBlocking => "an entry to SMM needs blocking by SMI"u8,
        AuditRule.NmiBlockedBySti => "some processors do not inject an NMI under blocking by STI"u8,
        AuditRule.VirtualNmiBlocked => "a virtual NMI cannot be injected under blocking by NMI"u8,
        AuditRule.EnclaveInterruption => "an interrupted enclave needs SGX, and no blocking by MOV SS"u8,
        AuditRule.PendingDebugReserved => "a reserved bit of the pending debug exceptions is 1"u8,
        AuditRule.PendingStepMissing =>
            "while RFLAGS.TF steps a guest whose debug exceptions wait, BS must be pending"u8,
        AuditRule.PendingStepWithoutTrap =>
            "while nothing steps a guest whose debug exceptions wait, BS must not be pending"u8,
        AuditRule.PendingDebugTransaction =>
            "a pending debug exception in a transaction needs RTM and excludes the others"u8,
        AuditRule.LinkPointerAddress =>
            "the VMCS link pointer must be page-aligned and within the physical-address width, or all ones"u8,
        AuditRule.LinkPointerRevision =>
            "the VMCS link pointer must lead to a VMCS of this processor, a shadow VMCS with VMCS shadowing"u8,
        AuditRule.LinkPointerIsCurrent => "the VMCS link pointer must not lead to this VMCS"u8,
        AuditRule.GuestPdpteReserved => "a reserved bit of a present PDPTE is 1"u8,
        _ => "?"u8,
    };

    private static ReadOnlySpan<byte> OfMsrArea(AuditRule rule) => rule switch
    {
        AuditRule.EntryMsrIsSegmentBase => "an entry cannot load the base of FS or GS from its MSR area"u8,
        AuditRule.EntryMsrIsX2Apic => "an entry cannot load a register of the x2APIC"u8,
        AuditRule.EntryMsrNotLoadable => "an entry cannot load this MSR"u8,
        AuditRule.EntryMsrReserved => "bits 63:32 of an entry in the MSR-load area must be 0"u8,
        AuditRule.EntryMsrValue => "the MSR would refuse the value to be loaded"u8,
        AuditRule.ExitStoreMsrIsX2Apic => "an exit cannot store a register of the x2APIC"u8,
        AuditRule.ExitStoreMsrNotReadable => "an exit cannot store this MSR"u8,
        AuditRule.ExitStoreMsrReserved => "bits 63:32 of an entry in the exit MSR-store area must be 0"u8,
        AuditRule.ExitLoadMsrIsSegmentBase => "an exit cannot load the base of FS or GS from its MSR area"u8,
        AuditRule.ExitLoadMsrIsX2Apic => "an exit cannot load a register of the x2APIC"u8,
        AuditRule.ExitLoadMsrNotLoadable => "an exit cannot load this MSR"u8,
        AuditRule.ExitLoadMsrReserved => "bits 63:32 of an entry in the exit MSR-load area must be 0"u8,
        AuditRule.ExitLoadMsrValue => "the MSR would refuse the value to be loaded on an exit"u8,
        _ => "?"u8,
    };
}
