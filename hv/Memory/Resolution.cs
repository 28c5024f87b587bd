// What became of an access to guest memory that EPT did not let through, or that the hypervisor wants to make itself.

namespace MinusOne.Hv.Memory;

internal enum Resolution : byte
{
    // It can be made now.
    Mapped,

    // It could be made all the time: the guest may try again.
    AlreadyMapped,

    // A device's range.
    Device,

    // No region has this address.
    IllegalAddress,

    // Mapped, with fewer rights than the region has: somebody watches this page.
    Protected,

    // The guest has as many pages as it may have.
    QuotaExhausted,

    // No frame left for the page, or for a table.
    OutOfFrames,
    TablesExhausted,
}
