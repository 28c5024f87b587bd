// One start of a guest: what lies in its memory, in which state it begins, what is intercepted, and how it is meant to end.
// Everything is constant data (see GuestProgram). Zero means: the hypervisor's ordinary setting.

using System.Runtime.InteropServices;

namespace MinusOne.Hv.Guests;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Scene
{
    // Printed on the console before the scene, if there is any.
    public Text Title;

    public byte* Image;
    public ulong ImageBytes;
    public ulong LoadAddress;

    // RAM from address 0 up; 0: as the options of the run say.
    public ulong MemoryBytes;

    public StartMode Mode;
    public SceneFlags Flags;
    public GuestEnd ExpectedEnd;
    public uint CaseNumber;

    public ulong Entry;
    public ulong Rax;
    public ulong Rbx;
    public ulong Rsp;

    public ControlChanges Controls;

    public ExitExpectation* Exits;
    public ulong ExitCount;
}

internal enum StartMode : uint
{
    // CS base 0, IP = Entry, all data segments base 0: where the C1 sample starts.
    Real = 0,

    // Flat 32-bit protected mode, paging off.
    Protected = 1,
}

[System.Flags]
internal enum SceneFlags : uint
{
    None = 0,

    // Every exit is told on the guest's console, decoded: for learners.
    Narrate = 1u << 0,

    // An intercepted exception is skipped (RIP moves behind the instruction) instead of reflected.
    SkipExceptions = 1u << 1,

    // An intercepted page fault is answered by mapping the page in the guest's own tables, and retried.
    FixPageFaults = 1u << 2,

    // Break the VMCS before the entry in the way that CaseNumber says.
    BreakEntry = 1u << 3,

    // RBX starts as the size of the memory in bytes: for guests whose memory is as large as the options of the run say.
    MemoryInRbx = 1u << 4,
}

// What changes against the ordinary setting of the VMCS.
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ControlChanges
{
    public uint PinSet;
    public uint PinClear;
    public uint PrimarySet;
    public uint PrimaryClear;
    public uint SecondarySet;
    public uint SecondaryClear;
    public uint ExceptionBitmap;
    public uint PageFaultMask;
    public uint PageFaultMatch;
    public uint Reserved;
    public ulong Cr0Mask;
    public ulong Cr4Mask;

    // Ports and MSRs whose interception is turned on or off against the ordinary bitmaps.
    public InterceptRange* Ports;
    public ulong PortCount;
    public InterceptRange* Msrs;
    public ulong MsrCount;
}

[StructLayout(LayoutKind.Sequential)]
internal struct InterceptRange
{
    public uint First;
    public uint Last;

    // 0: pass through; 1: reads; 2: writes; 3: both. For ports 0 or 3.
    public uint Accesses;
    public uint Reserved;
}

// How often an exit of this reason must have come, from least to most.
[StructLayout(LayoutKind.Sequential)]
internal struct ExitExpectation
{
    public uint Reason;
    public uint Least;
    public uint Most;
    public uint Reserved;
}
