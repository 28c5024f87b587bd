// What the options of a run say to every guest in it.
namespace MinusOne.Hv.Guests;

internal struct RunSettings
{
    // GUEST_PHYS_MEMORY_SIZE of the tutorial, unless a configuration has its own.
    public const ulong DefaultMemory = 0x200_0000;

    // Guest RAM ends before the addresses where devices live.
    public const ulong MostMemory = 0xC000_0000;

    public ulong MemoryBytes;

    // Processors of a guest that has a local APIC; 0: as many as its configuration says.
    public uint Vcpus;

    // The processors of the machine that it may have its turns on, a bit each; 0: any.
    public ulong Processors;

    public KernelFiles Files;

    // It goes on from here instead of beginning.
    public FileBytes Snapshot;

    // For a guest that tries things at random: where it begins, once for each number up to the last, and how often it
    // tries. What several of them print is not shown.
    public ulong Seed;
    public ulong LastSeed;
    public ulong Count;

    // A guest that the configuration file describes: which built-in program it is, counted from 1, or that it is
    // made of a file of its own; its weight, and how long it may run, if that is said.
    public int Program;
    public bool IsOwnFile;
    public ushort Weight;
    public uint Milliseconds;

    // How it is meant to end, if not as its configuration says; and what it writes to the exit port then.
    public GuestEnd ExpectedEnd;
    public uint ExpectedValue;

    // After a reset of its own a guest starts again.
    public bool StartsAgain;

    // All guests at the same time.
    public bool AreTogether;

    // Tell every exit in the log.
    public bool Trace;

    // Send these exits to the port for them.
    public ExitFilter Record;

    // And so many samples of where it is; 0: none.
    public uint SamplesASecond;

    // Even where the processor could, it is not left the delivery of interrupts.
    public bool HasPlainApic;

    // A guest that touches memory which nobody has is ended, instead of reading ones.
    public bool EndsAtHoles;

    // TestDevice.cs is plugged in.
    public bool HasTestDevice;

    // What it writes to a PC's text screen is shown on the console; undecided: if it sends nothing there.
    public Choice TextOnConsole;

    // It is shown no more than processors of both makes have, for it may go on from a snapshot on another.
    public bool IsPortable;

    // The hypervisor that the guest is told of.
    public HypervisorKind Hypervisor;

    // Many guests: of one that ended as it is meant to, only the machine-readable line.
    public bool Brief;

    public readonly bool HasSeeds => LastSeed > Seed;
}
