// How the APIC-access page was accessed. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal enum ApicAccessType : uint
{
    LinearRead = 0,
    LinearWrite = 1,
    LinearFetch = 2,
    LinearDuringEventDelivery = 3,
    GuestPhysicalDuringEventDelivery = 10,
    GuestPhysicalDuringInstruction = 15,
}
