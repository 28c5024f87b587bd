// The source of the answer to a guest's RDMSR.

namespace MinusOne.Hv.Exits.Msrs;

internal enum MsrRead : byte
{
    Fault,

    // A constant, the same on every machine.
    Value,

    // The guest-state field of the VMCS that holds it.
    Field,

    // The register itself: the guest's value stays in it while the hypervisor runs.
    Register,

    // What the guest has written to it; before that, the rule's value.
    Stored,
    TimeStamp,
    TscAdjust,
    ApicBase,
}
