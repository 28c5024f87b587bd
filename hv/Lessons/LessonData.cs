// What a lesson asks of a configuration: constant data beside the VmConfig that points here.
namespace MinusOne.Hv.Lessons;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Lesson
{
    public LessonFeatures Features;

    // With SurfaceExit: the exit reason.
    public uint CaseNumber;

    // An external interrupt of this vector is pending from the start: it is injected once the guest takes it.
    public uint PendingVector;

    // The host's own timer interrupts once with this vector soon after the guest was entered. If that is an exit, the
    // vector is put into the guest's RAX. The host gives its EOI afterwards in either case.
    public uint HostVector;

    // If not None, there is no guest: the hypervisor works something out and prints it; the end is Computed.
    public Computation Computation;

    // Devices that are there for a lesson alone.
    public LessonDevices Devices;

    // The address of 8 bytes in its memory that count how far the guest has got; 0: nothing is counted.
    public ulong TallyAddress;

    // Which pages' accessed and dirty bits in the EPT are counted at the end.
    public PageWatch Watch;

    public ExitExpectation* Exits;
    public ulong ExitCount;

    // For Computation.BrokenEntries.
    public BrokenEntry* BrokenEntries;
    public ulong BrokenEntryCount;

    public readonly bool Has(LessonFeatures features) => (Features & features) != 0;
}

// What the hypervisor does differently for learners, beside control bits.
[Flags]
internal enum LessonFeatures : uint
{
    None = 0,

    // The control words are shown before the entry, and every exit whose reason stands in Exits is told
    // on the guest's console, decoded. Accesses of the console's own ports and of the power-off port are left out.
    Narrate = 1u << 0,

    // An intercepted exception is skipped (RIP moves behind the instruction) instead of reflected.
    SkipExceptions = 1u << 1,

    // An intercepted page fault is answered by setting the present bit in the entry of the guest's own tables that
    // lacks it, and retried.
    FixPageFaults = 1u << 2,

    // RSI starts as the seed of the run, RBP as its count.
    SeedInRegisters = 1u << 3,

    // RBX starts as the size of the memory in bytes: for guests whose memory is as large as the options of the run say.
    MemoryInRbx = 1u << 4,

    // After HLT the guest goes on behind it, although nothing has woken it.
    ResumeAfterHalt = 1u << 5,

    // VMCALL queues an event: EAX is the interruption information as VM entry wants it, EDX the error code, ECX the
    // length of the instruction that it is to look like. It is injected like any other: with the next entry, or in
    // the window.
    InjectOnVmcall = 1u << 6,

    // The end of its time is as good an end as the expected one: it may lose itself.
    MayRunOut = 1u << 8,

    // An exit whose reason is CaseNumber is treated as if nobody knew it.
    SurfaceExit = 1u << 7,
}

// How often an exit of this reason must have come, from least to most.
[StructLayout(LayoutKind.Sequential)]
internal struct ExitExpectation
{
    public uint Reason;
    public uint Least;
    public uint Most;

    // Not 0: SVM cannot be told to exit so, and does it more often or never.
    public uint OnlyVtx;
}

// One way to break a VMCS or a VMCB: bits of a field are cleared and set, sometimes a second one takes a value whole
// (0: none), and the rule of AuditRule or SvmRule that this breaks.
[StructLayout(LayoutKind.Sequential)]
internal struct BrokenEntry
{
    public uint Rule;
    public uint Field;
    public ulong Clear;
    public ulong Set;
    public uint SecondField;
    public uint SecondValue;

    // Not 0: the guest is in long mode before. SVM only.
    public ulong LongMode;
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

    // A disk of virtio on the PCI bus, 2 KiB of zeros.
    Disk = 4,
}
