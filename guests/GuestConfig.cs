// A configuration before it is data: the fields of VmConfig and Lesson with the types that a program is written with.
// What is left out is zero: the hypervisor's ordinary setting.

using MinusOne.Guests.Kit;

namespace MinusOne.Guests;

internal sealed record GuestConfig(GuestImage Image)
{
    public string Title { get; init; } = "";

    public ulong MemoryBytes { get; init; } = Layout.MemoryBytes;

    public ulong MemoryStart { get; init; }

    public VmFeatures Flags { get; init; }

    public LessonFeatures Lesson { get; init; }

    public GuestEnd End { get; init; } = GuestEnd.PoweredOff;

    public uint CaseNumber { get; init; }

    public ulong Rax { get; init; }

    public ulong Rbx { get; init; }

    public ulong Rsp { get; init; } = Layout.StackTop;

    public Rflags Rflags { get; init; }

    public uint PendingVector { get; init; }

    public uint HostVector { get; init; }

    public uint Vcpus { get; init; }

    public Computation Computation { get; init; }

    public ushort Weight { get; init; }

    public ushort Tolerance { get; init; }

    // Devices that are there for a lesson alone.
    public LessonDevices Devices { get; init; }

    public uint Milliseconds { get; init; }

    public uint SliceTicks { get; init; }

    public uint Repeats { get; init; }

    public ulong TallyAddress { get; init; }

    public PageWatch Watch { get; init; }

    public PinControls PinSet { get; init; }

    public PinControls PinClear { get; init; }

    public PrimaryControls PrimarySet { get; init; }

    public PrimaryControls PrimaryClear { get; init; }

    public SecondaryControls SecondarySet { get; init; }

    public SecondaryControls SecondaryClear { get; init; }

    public ExitControls ExitSet { get; init; }

    public ExitControls ExitClear { get; init; }

    public ExceptionVector[] Exceptions { get; init; } = [];

    public uint PageFaultMask { get; init; }

    public uint PageFaultMatch { get; init; }

    public uint EptPointerClear { get; init; }

    public Cr0 Cr0Mask { get; init; }

    public Cr4 Cr4Mask { get; init; }

    public InterceptRange[] Ports { get; init; } = [];

    public InterceptRange[] Msrs { get; init; } = [];

    public ExitExpectation[] Exits { get; init; } = [];

    public BrokenEntry[] BrokenEntries { get; init; } = [];

    // Everything but the pointers, which are a matter of the object file.
    public VmConfig ToData()
    {
        return new VmConfig
        {
            ImageBytes = (ulong)Image.Bytes.Length,
            LoadAddress = Image.LoadAddress,
            MemoryBytes = MemoryBytes,
            MemoryStart = MemoryStart,
            Flags = Flags,
            ExpectedEnd = End,
            Start = new StartState
            {
                Mode = Image.Mode,
                Entry = Image.LoadAddress,
                Rsp = Rsp,
                Rax = Rax,
                Rbx = Rbx,
                Rflags = (ulong)Rflags,
            },
            Controls = Controls(),
            Vcpus = Vcpus,
            Weight = Weight,
            Tolerance = Tolerance,
            Milliseconds = Milliseconds,
            SliceTicks = SliceTicks,
            Repeats = Repeats,
        };
    }

    // And what learners are shown of it.
    public Lesson ToLesson() => new()
    {
        Features = Lesson,
        CaseNumber = CaseNumber,
        PendingVector = PendingVector,
        HostVector = HostVector,
        Computation = Computation,
        Devices = Devices,
        TallyAddress = TallyAddress,
        Watch = Watch,
        ExitCount = (ulong)Exits.Length,
        BrokenEntryCount = (ulong)BrokenEntries.Length,
    };

    private ControlChanges Controls()
    {
        uint exceptions = 0;
        foreach (ExceptionVector vector in Exceptions)
        {
            exceptions |= 1u << (int)vector;
        }

        return new ControlChanges
        {
            PinSet = (uint)PinSet,
            PinClear = (uint)PinClear,
            PrimarySet = (uint)PrimarySet,
            PrimaryClear = (uint)PrimaryClear,
            SecondarySet = (uint)SecondarySet,
            SecondaryClear = (uint)SecondaryClear,
            ExitSet = (uint)ExitSet,
            ExitClear = (uint)ExitClear,
            ExceptionBitmap = exceptions,
            PageFaultMask = PageFaultMask,
            PageFaultMatch = PageFaultMatch,
            EptPointerClear = EptPointerClear,
            Cr0Mask = (ulong)Cr0Mask,
            Cr4Mask = (ulong)Cr4Mask,
            PortCount = (ulong)Ports.Length,
            MsrCount = (ulong)Msrs.Length,
        };
    }
}
