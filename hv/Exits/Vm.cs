// What a guest owns: its configuration (what it is and how it is meant to end), its memory, its virtual processors, its
// devices' state, its counters, and how it ended.
namespace MinusOne.Hv.Exits;

internal unsafe struct Vm
{
    public const int MostVcpus = Board.MostProcessors;

    // Without any other exit, and at one place.
    public const ulong MostIdleSeconds = 10;

    public Machine* Machine;

    // The one that runs it; of those that run it at the same time, the one that has the lock.
    public HostProcessor* Processor;
    public GuestMemory Memory;
    public Interception Interception;
    public Counters Counters;

    // The processor that runs, or was the last to run, and how many there are.
    public Vcpu* Vcpu;
    public int VcpuCount;

    // So many of them have a place where they have their turns.
    public int Reserved;
    private fixed ulong _vcpus[MostVcpus];

    // Which of the guests it is, counted from 1.
    public uint Number;
    public HostLock Lock;

    // How what is pending reaches the guest with an entry, chosen when it is set up: Injection, or VirtualInterrupts.
    // True: the entry injects an event.
    public delegate*<Vm*, Vcpu*, bool> Deliver;

    // What it has beside processors and memory.
    public Board Board;

    // Not before this host TSC value: the coming entry. 0: at once.
    public ulong HeldUntil;

    // When the run loop looks at the console and the clock at the latest, as a host TSC value.
    public ulong NextLook;

    // MSRs that are stored: MsrPolicy.StoreOf.
    public fixed ulong Msrs[MsrPolicy.Stores];

    // What CPUID answers to a guest that began on another processor, and where that stands; null: this one's.
    public delegate*<Vm*, Vcpu*, uint, uint, ref CpuidResult, bool> Shown;
    public void* ShownLeaves;

    // What a lesson has put in front of the dispatch: true if it has answered the exit. Null for an ordinary guest.
    public delegate*<Vm*, Vcpu*, ExitReason, ref Verdict, bool> Filter;

    // Where every exit is told, and what was told last; null if nobody listens.
    public delegate*<Vm*, Vcpu*, ExitReason, void> Teller;
    public Repeats Told;

    // A frame for what a lesson keeps, if it has asked for one. It goes with the guest.
    public Hpa LessonPage;

    // What it touches where nothing is reads as all ones, and any instruction may touch a device; otherwise that is
    // its end, for learners.
    public bool HasOpenBus;

    // Every exit is told in the log.
    public bool Trace;

    // Its processors have several of the machine, and which of them came to its end.
    public bool IsSpread;
    public byte Ender;

    // Every exit has to come to the run loop: the short path stays closed.
    public bool IsWatched;

    // It must not share the processor with others.
    public bool IsAlone;

    // Preemption-timer ticks of one slice, and how many binary places coarser than the TSC they are.
    public uint SliceTicks;
    public int TimerShift;

    // Why the run loop has to let go of the processor that runs.
    public TurnEnd Leaving;

    // Its slot in the machine, and what is to run there, which later rooms know: VmSlot.Of, GuestSetup.ConfigOf.
    public void* Slot;
    public void* Config;

    // Its clock runs, and since when: ticks from our entry point.
    public bool HasBegun;
    public ulong StartTicks;

    public GuestEnd End;

    // What the end was about: an address, and how it was accessed.
    public Gpa EndAddress;
    public PageRights EndAccess;

    // Or what the guest said.
    public uint EndValue;

    // The boot processor: it runs from the start, and lines that know one processor only lead to it.
    public readonly Vcpu* First => (Vcpu*)_vcpus[0];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vm* Of(Vcpu* vcpu) => (Vm*)vcpu->Guest;

    public readonly Vcpu* At(int index) => (Vcpu*)_vcpus[index];

    public void Add(Vcpu* vcpu)
    {
        vcpu->Join(Unsafe.AsPointer(ref this), (uint)VcpuCount);
        vcpu->Home = IsSpread ? Machine->Hooks.HomeOf((Vm*)Unsafe.AsPointer(ref this), VcpuCount) : Processor;
        _vcpus[VcpuCount++] = (ulong)vcpu;
        Board.Add(&vcpu->Events);
        Vcpu = First;
        Deliver = &Injection.Prepare;
    }

    // Another processor may have it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Give()
    {
        if (IsSpread)
        {
            Lock.Give();
        }
    }

    // It has the next turn.
    public void SetCurrent(Vcpu* vcpu)
    {
        Vcpu = vcpu;
        Board.Apic = Board.At(vcpu->Index);
    }

    // Tells the board which machine and which guest it belongs to. The machine does not move.
    public void Attach(Machine* machine, HostProcessor* processor, bool hasOwnLine)
    {
        Machine = machine;
        Processor = processor;
        Board.Calls = &machine->BoardCalls;
        Board.HasOwnLine = hasOwnLine;
        Board.Guest = Unsafe.AsPointer(ref this);
    }

    // A device has ended it.
    public static void Ended(void* guest, GuestEnd end, uint value)
    {
        var vm = (Vm*)guest;
        vm->EndValue = value;
        vm->EndWith(end);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public Verdict EndWith(GuestEnd end)
    {
        Ender = End == GuestEnd.None && Vcpu != null ? (byte)Vcpu->Index : Ender;
        End = end;
        Leaving = TurnEnd.Ended;
        return Verdict.End;
    }

    public Verdict EndWith(GuestEnd end, Gpa address, PageRights access)
    {
        EndAddress = address;
        EndAccess = access;
        return EndWith(end);
    }
}

// Why the run loop lets go of a virtual processor.
internal enum TurnEnd : uint
{
    // It does not.
    None,

    // Its slice is over.
    Preempted,

    // It has nothing better to do than to let others go first: PAUSE.
    Yields,

    // It has nothing to do until it is woken: HLT.
    Waits,

    // Its guest has ended.
    Ended,
}
