// One start of a guest: what lies in its memory, in which state it begins, what is intercepted, what comes from
// outside, and how it is meant to end. Constant data (see GuestProgram). Zero means: the ordinary setting.
namespace MinusOne.Hv.Guests;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VmConfig
{
    // Printed on the console before the configuration, if there is any.
    public Text Title;

    public byte* Image;
    public ulong ImageBytes;
    public ulong LoadAddress;

    // RAM from address 0 up; 0: as the options of the run say.
    public ulong MemoryBytes;

    // What lies below is no RAM after all. A page boundary.
    public ulong MemoryStart;

    public VmFeatures Flags;
    public GuestEnd ExpectedEnd;

    public StartState Start;
    public ControlChanges Controls;

    // How many processors it has, if the options of the run do not say; 0: one. Only a PC can have more.
    public uint Vcpus;

    // Its share of the processor against others; 0: 1. With CheckShares: how many thousandths of it its tally may
    // differ.
    public ushort Weight;
    public ushort Tolerance;

    // After so many milliseconds the guest is ended; 0: never. A slice of weight 1 in host TSC ticks; 0: as usual.
    public uint Milliseconds;
    public uint SliceTicks;

    // How often the configuration is played again. Of guests that end well there is only a line then.
    public uint Repeats;

    // What learners are shown and told of it, which a later room knows; null: nothing.
    public void* Lesson;

    public readonly bool HasLargePages => (Flags & (VmFeatures.Kernel | VmFeatures.LargePages)) != 0;
}

// What a configuration gives its guest beside control bits, and how it is played.
[Flags]
internal enum VmFeatures : uint
{
    None = 0,

    // The whole PC: interrupt controllers, timers, clock, reset ports, and CPUID that shows the local APIC's x2APIC
    // mode and TSC deadline. Kernels get it; a demonstration has the small board unless it says so.
    Pc = 1u << 0,

    // It waits for somebody to type. `all` runs what stands before it in the list.
    Interactive = 1u << 1,

    // It runs at the same time as the next configuration.
    WithNext = 1u << 2,

    // Memory that is used densely is mapped in large pages, as a kernel's is; in other configurations a page is a page.
    LargePages = 1u << 3,

    // The image is a kernel file: its header, or the load address if that is not 0, says where it goes, and it is
    // entered as a file of the user's is. Without an image it is the user's file.
    Kernel = 1u << 4,

    // What it shows, AMD's SVM cannot do: it is left out there.
    OnlyVtx = 1u << 5,
}
