// What the guest finds in a range of its physical addresses.

namespace MinusOne.Hv.Memory;

internal enum GuestRegionKind : byte
{
    Ram,

    // Readable and executable; a write is refused.
    Rom,

    // Never mapped: every access comes to the hypervisor.
    Device,
}
