// What becomes of a guest's WRMSR.

namespace MinusOne.Hv.Exits.Msrs;

internal enum MsrWrite : byte
{
    Fault,

    // Accepted, and nothing changes.
    Ignore,
    Field,
    Register,

    // Kept to be read back; it changes nothing else.
    Stored,

    // The same, and it is the base or the mask of a memory range, by turns.
    Range,
    TimeStamp,
    TscAdjust,
    ApicBase,
    Efer,
}
