// How giving a frame back ends. Anything but Freed is a defect of the caller, and leaves the pool as it was.

namespace MinusOne.Hv.Memory;

internal enum FreeResult : byte
{
    Freed,

    // The address is no frame of this pool, or not the start of one.
    Foreign,

    AlreadyFree,
    WrongOwner,
}
