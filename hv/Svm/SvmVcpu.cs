// What SVM keeps of a virtual processor beside its VMCB, and what VT-x would keep for us and SVM does not: whether it
// waits, whether NMIs are blocked, which traps are due. In the part of a Vcpu that is the backend's.
namespace MinusOne.Hv.Svm;

internal unsafe struct SvmVcpu
{
    public const ulong NoPlace = ulong.MaxValue;

    public Hpa Region;

    // The fifth level of the guest's tables, which walks as many levels as the host's do; 0: they have four.
    public Hpa Fifth;
    public SvmCapabilities* Capabilities;
    public PendingDebugExceptions Traps;
    public ActivityState Activity;

    // The host's interrupt that the last exit was about.
    public uint Vector;

    // The IRET at which an NMI's handler ends: NMIs are open when it has been executed.
    public ulong Iret;

    // The place of the instruction whose software interrupt was injected, with RIP behind it.
    public ulong Injected;

    // There is no entry to tell of: the timer came while the processor waited, or was due before it entered.
    public bool HasStayed;
    public bool IsNmiBlocked;

    // A double fault is being delivered, and all exceptions exit: of these, that is what is to exit otherwise.
    public bool IsInDoubleFault;
    public uint OtherExceptions;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SvmVcpu* Of(Vcpu* vcpu) => (SvmVcpu*)vcpu->BackendPart;
}

// What a physical processor is at: whose VMCB is loaded, which GuestState and ExitFacts speak of, who had each ASID
// last, and how fast its timer counts.
internal unsafe struct SvmProcessor
{
    public const int MostAsids = 64;

    public Vmcb* Vmcb;
    public SvmVcpu* Vcpu;

    // Counts of the timer to a tick of the TSC, as a fraction of 32 bits.
    public ulong TimerRatio;

    // What SliceTimer gives at least, and what it was given last.
    public uint LeastTicks;
    public uint ArmedTicks;

    // Below another hypervisor: the TSC at which the timer is to come, whether or not its interrupt does; otherwise 0.
    public ulong Due;
    public bool IsBelowAnother;

    // The guest has come further since the timer was due: it may be due again.
    public bool HasMoved;

    // TickByNmi is on: an NMI is no trouble of the machine's.
    public bool HasTick;

    private Users _users;

    public void Load(Vcpu* vcpu)
    {
        Vcpu = SvmVcpu.Of(vcpu);
        Vmcb = (Vmcb*)Vcpu->Region.Pointer;
        ref ulong user = ref _users[(int)Vmcb->Asid];
        if (user != (ulong)Vcpu)
        {
            // There are more virtual processors than ASIDs.
            user = (ulong)Vcpu;
            Vmcb->TlbControl = TlbControl.Everything;
        }
    }

    [InlineArray(MostAsids)]
    private struct Users
    {
        private ulong _first;
    }
}
