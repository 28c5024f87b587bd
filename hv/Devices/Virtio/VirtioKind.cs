// What makes one virtio device another than the next: its numbers, and what it does with a request.
namespace MinusOne.Hv.Devices.Virtio;

// What a device is for. Its configuration is bytes that a guest reads.
internal unsafe struct VirtioKind
{
    public ushort Type;
    public uint ClassCode;
    public ulong Features;
    public int Queues;

    // Those whose buffers wait until something comes for the driver (TryFill), a bit each.
    public uint Filled;

    // Bytes of the configuration that the driver writes, a bit each.
    public ulong Written;

    // The next request of a queue is in the chain. Done: `written` bytes of it were. Waiting: this was as much as may
    // be done at once.
    public delegate*<VirtioDevice*, int, ref uint, VirtProgress> Serve;

    // A queue of those that wait has got buffers; null: what comes, comes at its own time.
    public delegate*<VirtioDevice*, int, void> Refilled;
}

internal enum VirtProgress
{
    Done,
    Waiting,

    // Nothing good can be said of the chain, either.
    Broken,
}
