// The door to the vendor: what the rest of the house asks of a backend, besides the guest's state (IGuestState). The
// rooms behind use it by the names Backend, GuestState and ExitFacts, which hv/Usings.cs binds to the backend there is:
// direct calls, without a cost at run time. A second backend makes each a branch.
namespace MinusOne.Hv.Processor;

internal unsafe interface IBackend
{
    // Virtualisation is on, or it has been said why not. `region` is the processor's from then on.
    static abstract bool TryTurnOn(FramePool* frames, out Hpa region);
    static abstract void TurnOff(FramePool* frames, Hpa region);

    // The controls of a virtual processor as its configuration wants them, and as `capabilities`, the backend's own
    // facts, allow them. False: one cannot be had.
    static abstract bool TryChoose(
        Vcpu* vcpu, void* capabilities, in ControlChanges changes, out MissingControl missing);

    // The processor shall deliver the interrupts of its local APIC. False: it cannot.
    static abstract bool TryVirtualizeApic(Vcpu* vcpu, in ControlChanges changes);

    // The same choice for another processor of the guest.
    static abstract void CopyChoice(Vcpu* from, Vcpu* to);

    // What the hardware keeps of a virtual processor: memory for it, made ready to be loaded, and filled in.
    static abstract bool TryAllocate(Vcpu* vcpu, FramePool* frames);
    static abstract bool IsAllocated(Vcpu* vcpu);
    static abstract bool TryPrepare(Vcpu* vcpu);
    static abstract void Free(Vcpu* vcpu, FramePool* frames);
    static abstract void Write(Vcpu* vcpu, in VcpuOrder order);

    // As after reset, but for where it starts.
    static abstract void Reset(Vcpu* vcpu, in StartState start);

    // Its translations are told from others' by Vcpu.Tag.
    static abstract bool HasTags(Vcpu* vcpu);

    // Exceptions that exit whatever a configuration wants, a bit each.
    static abstract uint OwnExceptions { get; }

    // Makes this processor the one whose state GuestState shows and that Enter enters. False: the hardware refuses.
    static abstract bool TryLoad(Vcpu* vcpu);

    // The hardware keeps nothing of it any more.
    static abstract void Unload(Vcpu* vcpu);

    // Enters the guest once and comes back with its exit. False: the processor refuses, and ends it here.
    static abstract bool TryEnter(Vcpu* vcpu);

    // True: RIP stands behind the instruction that caused the exit. False: nothing was done, because something besides
    // RIP has to change, or because RIP leaves its 64 KiB.
    static abstract bool TryAdvance();

    // The coming entry delivers this to the guest, ahead of its next instruction.
    static abstract void Inject(in Event chosen);

    // The processor delivers such an event; a guest of a lesson may ask for any.
    static abstract bool CanInject(InterruptionInformation information);

    // The same for a processor that waits for nothing and whose NMIs are of no concern: without an error code.
    static abstract void Inject(InterruptionInformation information);

    // And #GP(0), in protected mode.
    static abstract void InjectGeneralProtection();

    // An exit comes as soon as the guest takes NMIs, or external interrupts.
    static abstract void SetWindows(Vcpu* vcpu, bool forNmi, bool forExternal);

    // The guest's DR7 from the next entry on, with breakpoints that count there and nowhere else.
    static abstract void ArmBreakpoints(ulong control);

    // An exit comes behind the guest's next instruction, and behind each until it is turned off. False: it cannot.
    static abstract bool TryTrap(Vcpu* vcpu, bool isOn);

    // Exceptions of the guest that exit, a bit each.
    static abstract uint Exceptions { get; set; }

    // A guest that runs is left after so many ticks. A tick is 2 to the TimerShift of those of the TSC. Exact: what is
    // left of them at an exit is what the next entry goes on with.
    static abstract bool HasTimer(Vcpu* vcpu);
    static abstract bool IsTimerExact(Vcpu* vcpu);
    static abstract int TimerShift(Vcpu* vcpu);
    static abstract void ArmTimer(uint ticks);

    // It is left before its next instruction, whatever came before.
    static abstract void ExpireTimer();

    // What the guest's TSC is ahead of the processor's. Without an offset it is the processor's own.
    static abstract bool HasTscOffset(Vcpu* vcpu);
    static abstract ulong TscOffset(Vcpu* vcpu);
    static abstract void SetTscOffset(ulong offset);

    // Translations of the guest's own tables that the processor remembers are forgotten: what was asked for, or more.
    static abstract void ForgetTranslations(Vcpu* vcpu);

    // The same for those of its second-level table, whose root this is. False: the processor refuses.
    static abstract bool TryForgetMemory(Vcpu* vcpu, Hpa root);

    // CR0 and CR4 as the guest has written them: in force with the bits that the backend demands.
    static abstract void SetCr0(Vcpu* vcpu, Cr0 written);
    static abstract void SetCr4(Vcpu* vcpu, Cr4 written);

    // EFER with LMA as paging has it: the mode that is entered.
    static abstract void SetMode(Efer efer);

    // Whether the exit of a host interrupt takes it from the local APIC.
    static abstract void AcknowledgeInterrupts(Vcpu* vcpu, bool always);

    // The processor delivers the interrupts of the vcpu's local APIC; and what it must be told for that: the vectors
    // requested and in service, the vectors of a quarter of 64 whose end exits, and whether the guest reaches its
    // x2APIC without an exit.
    static abstract void DeliverVirtually(Vcpu* vcpu);
    static abstract void TellVirtualInterrupts(ushort status);
    static abstract void SetEoiExits(uint quarter, ulong vectors);
    static abstract void OpenApic(Vcpu* vcpu, bool isOpen);

    // An MSR that a guest has in the processor was written in its name.
    static abstract void NoteMsr(uint msr, ulong value);

    // What a guest can be shown.
    static abstract Cr4 SupportedCr4(Vcpu* vcpu);
    static abstract bool HasRdtscp(Vcpu* vcpu);
    static abstract bool HasInvpcid(Vcpu* vcpu);

    // Exits of string I/O name the segment and the address size.
    static abstract bool TellsStringOperands(Vcpu* vcpu);
}

// What a virtual processor is to be: where its exits land, what exits, how it begins, which memory it has, and whether
// others wait while it spins.
internal unsafe struct VcpuOrder
{
    public HostState* Host;
    public ControlChanges* Changes;
    public Interception* Interception;
    public Hpa MemoryRoot;
    public StartState Start;
    public bool IsShared;
}

// A control bit that is wanted and cannot be had.
internal readonly struct MissingControl(uint word, int bit)
{
    public readonly uint Word = word;
    public readonly int Bit = bit;
    public readonly bool IsMissing = true;
    public ReadOnlySpan<byte> Name => Names.OfControl(Word, Bit);
}
