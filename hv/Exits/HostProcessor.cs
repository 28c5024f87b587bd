// A processor of the machine. A virtual processor has a place on one of them, and only that one enters it; what it
// alone has is here, and reached through the guest (Vm.Processor), so that no global says where we run.
namespace MinusOne.Hv.Exits;

internal unsafe struct HostProcessor
{
    public const int Most = 64;

    public Machine* Machine;

    // Counted from 0: the one that firmware started. And how its local APIC is addressed.
    public uint Number;
    public uint ApicId;
    public readonly ulong Bit => 1UL << (int)Number;

    // The state to which every exit returns.
    public HostState Host;

    // What it was given when virtualisation was turned on.
    public Hpa VirtualizationRegion;

    // The one whose state the backend shows and whose registers are in the processor; null: nobody.
    public Vcpu* Loaded;

    // Somebody at the console has asked for something, which it is to answer.
    public bool IsAsked;

    // Several virtual processors share it.
    public bool IsShared;

    // One of its virtual processors may have something to do, which another processor says: it looks at all of them.
    public int IsCalled;

    // Guests that have virtual processors here, and how many these are.
    public int Guests;
    public int Places;

    // What it is to do; None: it has done it, and waits for the next.
    public volatile ProcessorOrder Order;

    // It touches no guest and has no lock: Standstill.
    public volatile uint IsAtRest;

    // Virtualisation could be turned on there.
    public bool IsAble;

    // How many are ready while one runs, which the scheduler knows; and whose turn it is: Rota.Of.
    public int* Ready;
    public void* Rota;
}

internal enum ProcessorOrder : uint
{
    None,
    TurnOn,
    TakeTurns,
    TurnOff,
}

[InlineArray(HostProcessor.Most)]
internal struct HostProcessors { private HostProcessor _first; }
