// What SVM keeps of a virtual processor beside its VMCB, and what VT-x would keep for us and SVM does not: whether it
// waits, whether NMIs are blocked, which traps are due. In the part of a Vcpu that is the backend's.
namespace MinusOne.Hv.Svm;

internal unsafe struct SvmVcpu
{
    public const ulong NoPlace = ulong.MaxValue;

    public Hpa Region;
    public SvmCapabilities* Capabilities;
    public PendingDebugExceptions Traps;
    public ActivityState Activity;

    // The host's interrupt that the last exit was about.
    public uint Vector;

    // The IRET at which an NMI's handler ends: NMIs are open when it has been executed.
    public ulong Iret;

    // Where an instruction stood whose software interrupt was injected, with RIP behind it.
    public ulong Injected;

    // There is no entry to tell of: the processor has waited, and its timer has come.
    public bool HasWaited;
    public bool IsNmiBlocked;

    // An NMI is waiting for them to be open.
    public bool WantsNmi;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SvmVcpu* Of(Vcpu* vcpu) => (SvmVcpu*)vcpu->BackendPart;
}

// The one that is loaded: what GuestState and ExitFacts speak of.
internal static unsafe class Loaded
{
    private static Vmcb* s_vmcb;
    private static SvmVcpu* s_svm;

    public static Vmcb* Vmcb => s_vmcb;
    public static SvmVcpu* Svm => s_svm;

    public static void Set(Vcpu* vcpu)
    {
        s_svm = SvmVcpu.Of(vcpu);
        s_vmcb = (Vmcb*)s_svm->Region.Pointer;
    }
}
