// What the kernel tells about itself, about a task and about a file.

using System.Runtime.InteropServices;

namespace MinusOne.Guests.Kernel.Shared;

[StructLayout(LayoutKind.Sequential)]
internal struct SystemInformation
{
    public Feature Features;

    // The console waits for interrupts; otherwise it is asked now and then.
    public bool SerialInterrupts;
    public ClockSource ClockSource;
    public uint Processors;
    public ulong AllFrames;
    public ulong FreeFrames;
    public ulong TscHertz;
    public ulong ApicHertz;

    // TSC as measured by each clock that there is, otherwise 0.
    public ulong TscByHpet;
    public ulong TscByPit;
    public ulong IdleNanoseconds;
    public ulong TimerCount;
    public ulong SerialCount;
    public ulong PageFaults;
    public ulong PagesCopied;
    public ulong Switches;
    public ulong SystemCalls;
}

internal enum ClockSource : byte
{
    Hpet,
    Pit,
    Cpuid,
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TaskInformation
{
    public uint Id;
    public uint Parent;
    public byte State;
    public byte Priority;
    public byte NameLength;
    public uint Pages;
    public ulong UsedNanoseconds;
    public fixed byte Name[16];
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FileInformation
{
    public uint Bytes;
    public byte Kind;
    public byte NameLength;
    public fixed byte Name[16];
}
