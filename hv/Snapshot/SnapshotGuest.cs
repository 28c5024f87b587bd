// The first section of a snapshot: what its guest is, and what it has been on. It goes on only where both are the same.
// The runner is compiled with this file, and gives the guest of a snapshot what it had.
namespace MinusOne.Hv.Snapshot;

internal unsafe partial struct SnapshotGuest
{
    public const int LongestName = 24;

    public ulong MemoryBytes;
    public uint Vcpus;
    public uint Hypervisor;
    public uint IsPc;
    public uint IsAmd;

    // Two leaves of CPUID, as the guest reads them.
    public fixed uint Features[8];
    public ulong States;
    public ulong TscHertz;

    // The guest's platform clock.
    public ulong Now;
    public fixed byte Name[LongestName];
}
