// One start of a guest: what lies in its memory, in which state it begins, what is intercepted, what happens to it
// from outside, and how it is meant to end. Everything is constant data (see GuestProgram). Zero means: the
// hypervisor's ordinary setting.

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

    // With SurfaceExit: the exit reason.
    public uint CaseNumber;

    public StartState Start;
    public ControlChanges Controls;

    // An external interrupt of this vector is pending for the guest from the start: it is injected once the guest
    // takes it.
    public uint PendingVector;

    // The host's own timer interrupts once with this vector soon after the guest was entered. If that is an exit, the
    // vector is put into the guest's RAX. The host gives its EOI afterwards in either case.
    public uint HostVector;

    // How many processors it has, if the options of the run do not say; 0: one. Only a PC can have more.
    public uint Vcpus;

    // If not None, there is no guest: the hypervisor works something out, prints it, and the configuration ends as
    // Computed.
    public Computation Computation;

    // Its share of the processor against others; 0: 1. With CheckShares: how many thousandths of it its tally may
    // differ.
    public ushort Weight;
    public ushort Tolerance;

    // After so many milliseconds the guest is ended; 0: never. A slice of weight 1 in host TSC ticks; 0: as usual.
    public uint Milliseconds;
    public uint SliceTicks;

    // How often the configuration is played again. Of guests that end well there is only a line then.
    public uint Repeats;

    // The address of 8 bytes in its memory that count how far the guest has got; 0: nothing is counted.
    public ulong TallyAddress;

    // Devices that are there for a lesson alone.
    public LessonDevices Devices;

    // Which pages' accessed and dirty bits in the EPT are counted at the end.
    public PageWatch Watch;

    public ExitExpectation* Exits;
    public ulong ExitCount;

    public readonly bool HasLargePages => (Flags & (VmFeatures.Kernel | VmFeatures.LargePages)) != 0;
}
