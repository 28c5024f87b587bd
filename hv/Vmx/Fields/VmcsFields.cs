// The fields of a VMCS, a table for each width; the value is the encoding. SDM 3D B Field Encoding in VMCS. Fields that
// we neither write nor audit are left out.
namespace MinusOne.Hv.Vmx.Fields;

// B.1 16-Bit Fields. All of them are writable.
internal enum Vmcs16 : uint
{
    // Control fields.
    VirtualProcessorId = 0x0000,
    PostedInterruptNotificationVector = 0x0002,
    HlatPrefixSize = 0x0006,
    LastPidPointerIndex = 0x0008,

    // Guest-state fields.
    GuestEsSelector = 0x0800,
    GuestCsSelector = 0x0802,
    GuestSsSelector = 0x0804,
    GuestDsSelector = 0x0806,
    GuestFsSelector = 0x0808,
    GuestGsSelector = 0x080A,
    GuestLdtrSelector = 0x080C,
    GuestTrSelector = 0x080E,
    GuestInterruptStatus = 0x0810,
    GuestUserInterruptNotificationVector = 0x0814,

    // Host-state fields.
    HostEsSelector = 0x0C00,
    HostCsSelector = 0x0C02,
    HostSsSelector = 0x0C04,
    HostDsSelector = 0x0C06,
    HostFsSelector = 0x0C08,
    HostGsSelector = 0x0C0A,
    HostTrSelector = 0x0C0C,
}

// B.2 64-Bit Fields, those that can be written. The encoding is that of the full access; that of the upper half is one
// more, and never needed in 64-bit mode.
internal enum Vmcs64 : uint
{
    // Control fields.
    IoBitmapA = 0x2000,
    IoBitmapB = 0x2002,
    MsrBitmaps = 0x2004,
    ExitMsrStoreAddress = 0x2006,
    ExitMsrLoadAddress = 0x2008,
    EntryMsrLoadAddress = 0x200A,
    PmlAddress = 0x200E,
    TscOffset = 0x2010,
    VirtualApicAddress = 0x2012,
    ApicAccessAddress = 0x2014,
    PostedInterruptDescriptorAddress = 0x2016,
    VmFunctionControls = 0x2018,
    EptPointer = 0x201A,
    EoiExitBitmap0 = 0x201C,
    EoiExitBitmap1 = 0x201E,
    EoiExitBitmap2 = 0x2020,
    EoiExitBitmap3 = 0x2022,
    EptpListAddress = 0x2024,
    VmReadBitmapAddress = 0x2026,
    VmWriteBitmapAddress = 0x2028,
    VirtualizationExceptionInformationAddress = 0x202A,
    XssExitingBitmap = 0x202C,
    EnclsExitingBitmap = 0x202E,
    SubPagePermissionTablePointer = 0x2030,
    TscMultiplier = 0x2032,
    TertiaryControls = 0x2034,
    LowPasidDirectoryAddress = 0x2038,
    HighPasidDirectoryAddress = 0x203A,
    HlatPointer = 0x2040,
    PidPointerTableAddress = 0x2042,
    SecondaryExitControls = 0x2044,

    // Guest-state fields.
    VmcsLinkPointer = 0x2800,
    GuestDebugCtl = 0x2802,
    GuestPat = 0x2804,
    GuestEfer = 0x2806,
    GuestPerfGlobalCtrl = 0x2808,
    GuestPdpte0 = 0x280A,
    GuestPdpte1 = 0x280C,
    GuestPdpte2 = 0x280E,
    GuestPdpte3 = 0x2810,
    GuestBndCfgs = 0x2812,
    GuestRtitCtl = 0x2814,
    GuestLbrCtl = 0x2816,
    GuestPkrs = 0x2818,

    // Host-state fields.
    HostPat = 0x2C00,
    HostEfer = 0x2C02,
    HostPerfGlobalCtrl = 0x2C04,
    HostPkrs = 0x2C06,
}

// B.3 32-Bit Fields, those that can be written.
internal enum Vmcs32 : uint
{
    // Control fields.
    PinControls = 0x4000,
    PrimaryControls = 0x4002,
    ExceptionBitmap = 0x4004,
    PageFaultErrorCodeMask = 0x4006,
    PageFaultErrorCodeMatch = 0x4008,
    Cr3TargetCount = 0x400A,
    ExitControls = 0x400C,
    ExitMsrStoreCount = 0x400E,
    ExitMsrLoadCount = 0x4010,
    EntryControls = 0x4012,
    EntryMsrLoadCount = 0x4014,
    EntryInterruptionInformation = 0x4016,
    EntryExceptionErrorCode = 0x4018,
    EntryInstructionLength = 0x401A,
    TprThreshold = 0x401C,
    SecondaryControls = 0x401E,
    PauseLoopExitingGap = 0x4020,
    PauseLoopExitingWindow = 0x4022,

    // Guest-state fields.
    GuestEsLimit = 0x4800,
    GuestCsLimit = 0x4802,
    GuestSsLimit = 0x4804,
    GuestDsLimit = 0x4806,
    GuestFsLimit = 0x4808,
    GuestGsLimit = 0x480A,
    GuestLdtrLimit = 0x480C,
    GuestTrLimit = 0x480E,
    GuestGdtrLimit = 0x4810,
    GuestIdtrLimit = 0x4812,
    GuestEsAccessRights = 0x4814,
    GuestCsAccessRights = 0x4816,
    GuestSsAccessRights = 0x4818,
    GuestDsAccessRights = 0x481A,
    GuestFsAccessRights = 0x481C,
    GuestGsAccessRights = 0x481E,
    GuestLdtrAccessRights = 0x4820,
    GuestTrAccessRights = 0x4822,
    GuestInterruptibilityState = 0x4824,
    GuestActivityState = 0x4826,
    GuestSysenterCs = 0x482A,
    PreemptionTimerValue = 0x482E,

    // Host-state field.
    HostSysenterCs = 0x4C00,
}

// B.4 Natural-Width Fields, those that can be written: 64 bits on every processor that runs us.
internal enum VmcsNatural : uint
{
    // Control fields.
    Cr0GuestHostMask = 0x6000,
    Cr4GuestHostMask = 0x6002,
    Cr0ReadShadow = 0x6004,
    Cr4ReadShadow = 0x6006,
    Cr3Target0 = 0x6008,
    Cr3Target1 = 0x600A,
    Cr3Target2 = 0x600C,
    Cr3Target3 = 0x600E,

    // Guest-state fields.
    GuestCr0 = 0x6800,
    GuestCr3 = 0x6802,
    GuestCr4 = 0x6804,
    GuestEsBase = 0x6806,
    GuestCsBase = 0x6808,
    GuestSsBase = 0x680A,
    GuestDsBase = 0x680C,
    GuestFsBase = 0x680E,
    GuestGsBase = 0x6810,
    GuestLdtrBase = 0x6812,
    GuestTrBase = 0x6814,
    GuestGdtrBase = 0x6816,
    GuestIdtrBase = 0x6818,
    GuestDr7 = 0x681A,
    GuestRsp = 0x681C,
    GuestRip = 0x681E,
    GuestRflags = 0x6820,
    GuestPendingDebugExceptions = 0x6822,
    GuestSysenterEsp = 0x6824,
    GuestSysenterEip = 0x6826,
    GuestSCet = 0x6828,
    GuestSsp = 0x682A,
    GuestInterruptSspTableAddress = 0x682C,

    // Host-state fields.
    HostCr0 = 0x6C00,
    HostCr3 = 0x6C02,
    HostCr4 = 0x6C04,
    HostFsBase = 0x6C06,
    HostGsBase = 0x6C08,
    HostTrBase = 0x6C0A,
    HostGdtrBase = 0x6C0C,
    HostIdtrBase = 0x6C0E,
    HostSysenterEsp = 0x6C10,
    HostSysenterEip = 0x6C12,
    HostRsp = 0x6C14,
    HostRip = 0x6C16,
    HostSCet = 0x6C18,
    HostSsp = 0x6C1A,
    HostInterruptSspTableAddress = 0x6C1C,
}

// B.3.2 32-Bit Read-Only Data Fields: what an exit or a failing instruction writes.
internal enum VmcsReadOnly32 : uint
{
    InstructionError = 0x4400,
    ExitReason = 0x4402,
    ExitInterruptionInformation = 0x4404,
    ExitInterruptionErrorCode = 0x4406,
    IdtVectoringInformation = 0x4408,
    IdtVectoringErrorCode = 0x440A,
    ExitInstructionLength = 0x440C,
    ExitInstructionInformation = 0x440E,
}

// B.2.2 64-Bit Read-Only Data Fields.
internal enum VmcsReadOnly64 : uint
{
    GuestPhysicalAddress = 0x2400,
}

// B.4.2 Natural-Width Read-Only Data Fields.
internal enum VmcsReadOnlyNatural : uint
{
    ExitQualification = 0x6400,
    GuestLinearAddress = 0x640A,
}
