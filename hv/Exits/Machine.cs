// What the hypervisor is given to work with once firmware is gone: who the processor is, whose memory is whose, frames
// of its own, and the state to which every exit returns.

namespace MinusOne.Hv.Exits;

internal unsafe struct Machine
{
    public CpuFacts Facts;
    public PhysicalMap Memory;
    public Mtrr Mtrr;

    // The host has all physical memory below at its own address.
    public Hpa MemoryEnd;
    public FramePool Frames;
    public HostState Host;

    // What VMXON was given.
    public Hpa VmxonRegion;

    // The host's TSC, measured once against a platform timer.
    public ulong TscHertz;

    // The host's TSC at our entry point.
    public ulong EntryTsc;

    // What firmware's clock said when it left, as Calendar counts, and the host's TSC then.
    public ulong Date;
    public ulong DateTsc;

    public Hooks Hooks;
    public BoardCalls BoardCalls;

    // The one whose state the backend shows and whose registers are in the processor; null: nobody.
    public Vcpu* Loaded;

    // Somebody at the console has asked for something; and has ended the whole run.
    public bool IsAsked;
    public bool IsStopped;

    // Several virtual processors share the processor.
    public bool IsShared;

    // The guests and what was typed, which later rooms know: VmSlots.Of, ConsoleInput.Of.
    public void* Slots;
    public void* Console;

    public readonly ulong DateAt(ulong tsc) => Date + (TscHertz == 0 ? 0 : (tsc - DateTsc) / TscHertz);
}
