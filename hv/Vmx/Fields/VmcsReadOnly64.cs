// The 64-bit fields of a VMCS that only an exit writes. SDM 3D B.2.2 64-Bit Read-Only Data Fields, in its order.

namespace MinusOne.Hv.Vmx.Fields;

internal enum VmcsReadOnly64 : uint
{
    GuestPhysicalAddress = 0x2400,
    MsrData = 0x2402,
    OriginalEventData = 0x2404,
    ExtendedInstructionInformation = 0x2406,
}
