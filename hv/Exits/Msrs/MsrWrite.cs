// What becomes of a guest's WRMSR.

namespace MinusOne.Hv.Exits.Msrs;

internal enum MsrWrite : byte
{
    Fault,

    // Accepted, and nothing changes.
    Ignore,
    Field,
    Register,
    TimeStamp,
    ApicBase,
    Efer,
}
