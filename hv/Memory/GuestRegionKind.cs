// What the guest finds in a range of its physical addresses.

namespace MinusOne.Hv.Memory;

internal enum GuestRegionKind : byte
{
    Ram,

    // Never mapped: every access comes to the hypervisor.
    Device,
}
