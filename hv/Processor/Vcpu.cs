// A virtual processor: the registers hardware leaves to us, what the backend keeps, and events on their way to it.
namespace MinusOne.Hv.Processor;

internal unsafe struct Vcpu
{
    public const int BackendWords = 12;
    public const int ExitWords = 264;
    public const int KeptWords = 12;

    // No place in the scheduler.
    public const int NoSlot = -1;

    // The stubs expect it first.
    public GuestRegisters Registers;

    // The backend's own: VmxVcpu.
    public fixed ulong BackendPart[BackendWords];

    public PendingEvents Events;
    public Progress Progress;

    // What the processor knows its translations by; 0: nothing.
    public ushort Tag;

    // Events handed to VM entries.
    public ulong Injected;

    public Hpa ApicPage;

    // The guest it belongs to (Vm.Of), which of its processors it is, counted from 0, and its place in the scheduler.
    public void* Guest;
    public uint Index;
    public int Slot;

    // The processor of the machine that runs it.
    public void* Home;

    // What concerns others that run at the same time: GuestLock. It may be in the guest; it has been sent a message
    // since it came out; it has to be told that memory has changed; it has halted; which others run elsewhere; when its
    // slice ends, and when it looks around at the latest.
    public volatile uint IsInGuest;
    public bool IsTold;
    public bool MustForget;
    public bool IsHalted;
    public byte Elsewhere;
    public ulong SliceEnd;
    public ulong NextLook;

    // It has been started and has not begun yet: ProcessorStart.cs.
    public bool MustStart;

    // What it has had of the processor in its former places there.
    public SliceAccount Account;

    // It has halted with its interrupts off.
    public bool IsDeaf;

    // What stays in the processor while the host runs, if another runs there: VcpuSwitch. The area is XSAVE's; its
    // components are all that a guest may have.
    public Hpa StateArea;
    public ulong States;
    public ulong Xcr0;
    public fixed ulong Kept[KeptWords];

    // The ticks by which the guest has moved its TSC.
    public ulong TscAdjust;

    // What its exits have worked out before: ExitMemory.
    public fixed ulong ExitPart[ExitWords];
    public ExitRing Exits;

    // It becomes a processor of this guest, which does not run yet.
    public void Join(void* guest, uint index)
    {
        Guest = guest;
        Index = index;
        Slot = NoSlot;
        Exits.Connect(ref Registers);
    }
}

// What a virtual processor has had of the machine's time. Every tick of its life is in one of the three.
internal struct SliceAccount
{
    // It ran, or the hypervisor worked for it; it was ready while another ran; it had nothing to do.
    public ulong Run;
    public ulong Wait;
    public ulong Idle;

    public ulong Slices;

    // Slices that ended because they were used up while others were ready.
    public ulong Preemptions;

    public void Add(in SliceAccount other)
    {
        Run += other.Run;
        Wait += other.Wait;
        Idle += other.Idle;
        Slices += other.Slices;
        Preemptions += other.Preemptions;
    }
}
