// What a configuration expects of its guest, and which devices it is given: constant data.

namespace MinusOne.Hv.Lessons;

// How often an exit of this reason must have come, from least to most.
[StructLayout(LayoutKind.Sequential)]
internal struct ExitExpectation
{
    public uint Reason;
    public uint Least;
    public uint Most;
    public uint Reserved;
}

// Guest-physical pages from the first to the last address, and how many of them must be marked accessed and dirty in
// the EPT when the guest has ended. Last 0: nothing is watched. SDM 3C 30.3.5 Accessed and Dirty Flags for EPT.
[StructLayout(LayoutKind.Sequential)]
internal struct PageWatch
{
    public ulong First;
    public ulong Last;
    public uint Accessed;
    public uint Dirty;
}

// Devices that are there for a lesson alone: LessonBoard.cs.
[Flags]
internal enum LessonDevices : byte
{
    None,

    // The counter at port 0xC000: reading 0xC000 gives its value and adds one, writing sets it, reading 0xC001 gives
    // how many accesses it has seen. Bytes.
    Counter = 1,

    // The scratch device, 256 bytes that hold what is written and note how, at 0xFEB00000.
    Scratch = 2,
}
