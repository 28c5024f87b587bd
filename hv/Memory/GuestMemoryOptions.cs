// How a guest gets its memory.

namespace MinusOne.Hv.Memory;

internal struct GuestMemoryOptions
{
    // In pages of 4 KiB.
    public ulong Quota;

    // Every page from the pool (`map=pool`), wherever it is in the guest.
    public bool FromPool;

    // Leaves what the firmware left in identity frames. Frames of the pool are always cleared.
    public bool KeepContents;

    // The largest leaf that one fault maps; 0 means 4 KiB, so that a page count says what the guest touched.
    public byte LargestLeaf;
}
