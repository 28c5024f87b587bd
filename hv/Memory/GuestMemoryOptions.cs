// How a guest gets its memory.

namespace MinusOne.Hv.Memory;

internal struct GuestMemoryOptions
{
    // In pages of 4 KiB.
    public ulong Quota;

    // The largest leaf that one fault maps; 0 means 4 KiB, so that a page count says what the guest touched.
    public byte LargestLeaf;
}
