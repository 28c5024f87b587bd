// Guest-physical pages from the first to the last address, and how many of them must be marked accessed and dirty in
// the EPT when the guest has ended. Last 0: nothing is watched. SDM 3C 30.3.5 Accessed and Dirty Flags for EPT.

namespace MinusOne.Hv.Lessons;

[StructLayout(LayoutKind.Sequential)]
internal struct PageWatch
{
    public ulong First;
    public ulong Last;
    public uint Accessed;
    public uint Dirty;
}
