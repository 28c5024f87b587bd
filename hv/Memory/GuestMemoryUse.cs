// The book-keeping of guest memory: what is mapped, in pages of 4 KiB by where their frames come from, and how many
// faults of each leaf size mapped it.

namespace MinusOne.Hv.Memory;

internal struct GuestMemoryUse
{
    public ulong Identity;
    public ulong Substituted;
    public ulong Leaves4K;
    public ulong Leaves2M;
    public ulong Leaves1G;

    public readonly ulong Pages => Identity + Substituted;
}
