// Where the frames of a part of guest memory come from.

namespace MinusOne.Hv.Memory;

internal enum GuestBacking : byte
{
    // None: a device.
    Nothing,

    // The frame at the same address.
    Identity,

    // A frame of the pool, because the one at the same address is not ours to give.
    Substitute,
}
