// What the hypervisor is given to work with once firmware is gone: who the processors are, whose memory is whose, and
// frames of its own.
namespace MinusOne.Hv.Exits;

internal unsafe struct Machine
{
    public CpuFacts Facts;
    public PhysicalMap Memory;
    public Mtrr Mtrr;

    // The host has all physical memory below at its own address.
    public Hpa MemoryEnd;
    public FramePool Frames;

    // Those that are at work, the one that firmware started first; and how many there are.
    public HostProcessors Processors;
    public int ProcessorCount;

    // The host's TSC, measured once against a platform timer.
    public ulong TscHertz;

    // The host's TSC at our entry point.
    public ulong EntryTsc;

    // What firmware's clock said when it left, as Calendar counts, and the host's TSC then.
    public ulong Date;
    public ulong DateTsc;

    public Hooks Hooks;
    public BoardCalls BoardCalls;
    public Lan* Lan;

    // Somebody at the console has ended the whole run.
    public volatile bool IsStopped;

    // The one for which all others stand still at the moment: Standstill.
    public volatile uint Holder;

    // Locks, in the order in which they are taken: guests come and go; a guest's own; the console's and the log's,
    // which are the program's around us; the pool's.
    public HostLock Lives;

    // The guests, what was typed, who debugs, what is recorded and what is kept of them, which later rooms know:
    // VmSlots.Of, ConsoleInput.Of, Debugger.Of, TraceRecorder.Of, SnapshotShelf.Of.
    public void* Slots;
    public void* Console;
    public void* Debugger;
    public void* Recorder;
    public void* Snapshots;

    // Machines do not move.
    public HostProcessor* At(int processor) => (HostProcessor*)Unsafe.AsPointer(ref Processors[processor]);

    public readonly ulong DateAt(ulong tsc) => Date + (TscHertz == 0 ? 0 : (tsc - DateTsc) / TscHertz);
}

// What the rooms behind this one do at the turns of a guest's life: reports, the console's monitor, lessons. No earlier
// room knows them; Hypervisor.cs sets every pointer before the first guest starts. What a single guest's exits are
// shown to stands in its Vm (Filter, Teller), and is null for an ordinary guest.
internal unsafe struct Hooks
{
    // The guest has a configuration and nothing else yet. A lesson sets its filter here.
    public delegate*<Vm*, void> Configured;

    // It has its memory. True: there is no guest to run, but something to work out, which has been done; the second
    // answer is whether it came out as it should.
    public delegate*<Vm*, Vcpu*, ref bool, bool> WorkedOut;

    // It has its processors; the first is the current one, and nothing has been entered.
    public delegate*<Vm*, Vcpu*, void> Prepared;

    // The first entry of this processor comes next, or the first after a start-up message.
    public delegate*<Vm*, Vcpu*, void> Begun;

    // Its clock runs; it has not been entered yet.
    public delegate*<Vm*, void> Started;

    // It could not be entered, or its new memory not be made known to the processor.
    public delegate*<Vm*, Vcpu*, EntryFailure, void> NotEntered;

    // It has ended. True: as it is meant to.
    public delegate*<Vm*, Vcpu*, bool> Ended;

    // It has been reported on, and goes.
    public delegate*<Vm*, void> Gone;

    // A guest on the processors of the machine: the one for one of its own; it is ready (false: there are too many
    // processors there); it goes.
    public delegate*<Vm*, int, void*> HomeOf;
    public delegate*<Vm*, bool> Joined;
    public delegate*<Vm*, void> Left;

    // One whose processors run at the same time: it is this one's until it is given back, for a turn of one of its own
    // (null: whichever runs here; it answers which, null if none has to be looked at); an entry; it has ended (true:
    // this one takes it down).
    public delegate*<Vm*, HostProcessor*, Vcpu*, Vcpu*> Taken;
    public delegate*<Vm*, Vcpu*, bool> Entered;
    public delegate*<Vm*, HostProcessor*, bool> Gathered;

    // A processor that takes turns has something to do.
    public delegate*<Vcpu*, bool> IsAtWork;

    // Somebody holds all processors; this one is between two turns.
    public delegate*<HostProcessor*, void> Held;

    // And this one has nothing to do until it is called.
    public delegate*<HostProcessor*, void> Unused;

    // All guests have ended, before which there were so many frames in the pool. True: so there are again, and each of
    // those that ran at the same time had the share that it is meant to have.
    public delegate*<Machine*, uint, bool> AllEnded;

    // Somebody at the console asks something of the hypervisor, at this time on the guest's clock.
    public delegate*<Vm*, Vcpu*, ulong, void> Asked;
}

internal enum EntryFailure
{
    // What the processor remembers of its memory could not be made to go.
    Memory,

    // The instruction that enters it failed.
    Instruction,

    // The entry began, and the guest's state could not be loaded.
    State,
}
