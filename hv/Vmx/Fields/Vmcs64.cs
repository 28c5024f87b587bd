// The writable 64-bit fields of a VMCS; the value is the encoding of the full access (the encoding of the upper half
// is one more and is never needed in 64-bit mode). SDM 3D B.2 64-Bit Fields, in its order.

namespace MinusOne.Hv.Vmx.Fields;

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
