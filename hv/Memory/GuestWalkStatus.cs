// How a walk of the guest's paging structures ends.

namespace MinusOne.Hv.Memory;

internal enum GuestWalkStatus : byte
{
    Translated,

    // The guest gets #PF with ErrorCode; CR2 is the address that was asked for.
    PageFault,

    // #GP, or #SS for the stack segment.
    NotCanonical,

    // A paging structure lies where the guest has no memory; Address says where.
    TableUnreachable,
}
