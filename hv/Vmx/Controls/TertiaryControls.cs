// Tertiary processor-based VM-execution controls, 64 of them and all optional. SDM 3C 26.6.2 Processor-Based
// VM-Execution Controls.

namespace MinusOne.Hv.Vmx.Controls;

[Flags]
internal enum TertiaryControls : ulong
{
    None = 0,
    LoadIwKeyExiting = 1ul << 0,
    EnableHlat = 1ul << 1,
    EptPagingWriteControl = 1ul << 2,
    GuestPagingVerification = 1ul << 3,
    IpiVirtualization = 1ul << 4,
    EnableMsrListInstructions = 1ul << 6,
    VirtualizeSpecCtrl = 1ul << 7,
    VirtualizeApicTimer = 1ul << 8,
}
