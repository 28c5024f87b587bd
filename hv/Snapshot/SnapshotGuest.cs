// The first section of a snapshot: what its guest is, and what it has been on. It goes on only where the first is the
// same, and the second can be made to look so. The runner is compiled with this file, and gives the guest of a snapshot
// what it had.
namespace MinusOne.Hv.Snapshot;

internal unsafe partial struct SnapshotGuest
{
    public const int LongestName = 24;

    public ulong MemoryBytes;
    public uint Vcpus;
    public uint Hypervisor;
    public uint IsPc;
    public uint IsAmd;

    // It was loaded from a file, which it does not need any more.
    public uint IsFile;

    // Its devices, as DeviceOrder has them.
    public uint Network;
    public uint Rng;
    public uint Balloon;
    public uint BalloonPages;
    public uint Console;
    public ulong TscHertz;

    // The guest's platform clock.
    public ulong Now;
    public fixed byte Name[LongestName];
}
