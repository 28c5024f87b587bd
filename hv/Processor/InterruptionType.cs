// What kind of event interruption information speaks of. SDM 3C 26.8.3 VM-Entry Controls for Event Injection.

namespace MinusOne.Hv.Processor;

internal enum InterruptionType : uint
{
    ExternalInterrupt = 0,
    Reserved = 1,
    Nmi = 2,
    HardwareException = 3,

    // INT n.
    SoftwareInterrupt = 4,

    // INT1.
    PrivilegedSoftwareException = 5,

    // INT3 and INTO.
    SoftwareException = 6,

    // A pending monitor-trap-flag exit (vector 0).
    OtherEvent = 7,
}
