// The state a guest begins in. Long mode is not among them: a guest that wants it goes there on its own.

namespace MinusOne.Hv.Guests;

internal enum StartMode : uint
{
    // CS base 0, IP = Entry, all data segments base 0: where the C1 sample starts.
    Real = 0,

    // Flat 32-bit protected mode, paging off.
    Protected = 1,
}
