// The natural-width fields of a VMCS that only an exit writes. SDM 3D B.4.2 Natural-Width Read-Only Data Fields, in
// its order.

namespace MinusOne.Hv.Vmx.Fields;

internal enum VmcsReadOnlyNatural : uint
{
    ExitQualification = 0x6400,
    IoRcx = 0x6402,
    IoRsi = 0x6404,
    IoRdi = 0x6406,
    IoRip = 0x6408,
    GuestLinearAddress = 0x640A,
}
