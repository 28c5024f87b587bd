// The guest's state where SVM keeps it: in the VMCB of the processor that is loaded. What SVM has no place for stands
// beside it, in SvmVcpu. AMD APM 2 Appendix B.2 VMCB State Save Area.
namespace MinusOne.Hv.Svm;

internal readonly unsafe struct SvmState : IGuestState
{
    private const ulong InShadow = 1;

    public static ulong Rip { get => Loaded.Vmcb->Rip; set => Loaded.Vmcb->Rip = value; }
    public static ulong Rsp { get => Loaded.Vmcb->Rsp; set => Loaded.Vmcb->Rsp = value; }
    public static ulong Cr2 { get => Loaded.Vmcb->Cr2; set => Loaded.Vmcb->Cr2 = value; }
    public static ulong Cr3 { get => Loaded.Vmcb->Cr3; set => Loaded.Vmcb->Cr3 = value; }
    public static ulong Dr6 { get => Loaded.Vmcb->Dr6; set => Loaded.Vmcb->Dr6 = value; }
    public static ulong Dr7 { get => Loaded.Vmcb->Dr7; set => Loaded.Vmcb->Dr7 = value; }

    public static Rflags Rflags
    {
        get => (Rflags)Loaded.Vmcb->Rflags;
        set => Loaded.Vmcb->Rflags = (ulong)value;
    }

    // No bit of them is ours: what is in force is what the guest reads.
    public static Cr0 Cr0 => (Cr0)Loaded.Vmcb->Cr0;
    public static Cr4 Cr4 => (Cr4)Loaded.Vmcb->Cr4;
    public static Cr0 SeenCr0 => Cr0;
    public static Cr4 SeenCr4 => Cr4;

    // SVME, which an entry demands, is not the guest's.
    public static Efer Efer
    {
        get => (Efer)(Loaded.Vmcb->Efer & ~SvmMsr.EferEnable);
        set => Loaded.Vmcb->Efer = (ulong)value | SvmMsr.EferEnable;
    }

    public static ulong DebugControl
    {
        get => Loaded.Vmcb->DebugControl;
        set => Loaded.Vmcb->DebugControl = value;
    }

    // STI and MOV SS cast the same shadow here.
    public static InterruptibilityState Blocking
    {
        get => new(((Loaded.Vmcb->Shadow & InShadow) != 0 ? InterruptibilityState.Sti : 0)
            | (Loaded.Svm->IsNmiBlocked ? InterruptibilityState.Nmi : 0));
        set
        {
            Loaded.Vmcb->Shadow = value.BlockingBySti || value.BlockingByMovSs ? InShadow : 0;
            Loaded.Svm->IsNmiBlocked = value.BlockingByNmi;
        }
    }

    public static ActivityState Activity { get => Loaded.Svm->Activity; set => Loaded.Svm->Activity = value; }
    public static PendingDebugExceptions PendingTraps { get => Loaded.Svm->Traps; set => Loaded.Svm->Traps = value; }
    public static ushort Selector(GuestSegment segment) => Segment(segment)->Selector;
    public static ulong Base(GuestSegment segment) => Segment(segment)->Base;
    public static uint Limit(GuestSegment segment) => Segment(segment)->Limit;

    // The privilege level has a place of its own, and counts where SS has none.
    public static SegmentAccessRights Rights(GuestSegment segment)
    {
        SegmentAccessRights rights = Segment(segment)->Rights;
        return segment == GuestSegment.Ss ? rights.WithDpl(Loaded.Vmcb->Cpl) : rights;
    }

    public static void SetSegment(
        GuestSegment segment, ushort selector, ulong start, uint limit, SegmentAccessRights rights)
    {
        *Segment(segment) = new() { Selector = selector, Limit = limit, Base = start, Rights = rights };
        if (segment == GuestSegment.Ss)
        {
            Loaded.Vmcb->Cpl = (byte)rights.Dpl;
        }
    }

    public static void SetBase(GuestSegment segment, ulong start) => Segment(segment)->Base = start;

    public static DescriptorTable Gdtr
    {
        get => new(Loaded.Vmcb->Gdtr.Base, Loaded.Vmcb->Gdtr.Limit);
        set => Loaded.Vmcb->Gdtr = new() { Base = value.Base, Limit = value.Limit };
    }

    public static DescriptorTable Idtr
    {
        get => new(Loaded.Vmcb->Idtr.Base, Loaded.Vmcb->Idtr.Limit);
        set => Loaded.Vmcb->Idtr = new() { Base = value.Base, Limit = value.Limit };
    }

    // The processor reads them from memory whenever it wants one.
    public static bool KeepsPdptes => false;
    public static ulong Pdpte(int index) => 0;

    public static void SetPdpte(int index, ulong entry)
    {
    }

    public static ulong Kept(KeptMsr msr) => msr == KeptMsr.Efer ? (ulong)Efer : *PlaceOf(msr);

    public static void Keep(KeptMsr msr, ulong value)
    {
        if (msr == KeptMsr.Efer)
        {
            Efer = (Efer)value;
        }
        else
        {
            *PlaceOf(msr) = value;
        }
    }

    private static ulong* PlaceOf(KeptMsr msr) => msr switch
    {
        KeptMsr.SysenterCs => &Loaded.Vmcb->SysenterCs,
        KeptMsr.SysenterEsp => &Loaded.Vmcb->SysenterEsp,
        KeptMsr.SysenterEip => &Loaded.Vmcb->SysenterEip,
        KeptMsr.DebugControl => &Loaded.Vmcb->DebugControl,
        KeptMsr.Pat => &Loaded.Vmcb->Pat,
        KeptMsr.FsBase => &Loaded.Vmcb->Fs.Base,
        _ => &Loaded.Vmcb->Gs.Base,
    };

    // ES to GS stand in the order of their numbers; LDTR and TR do not follow.
    private static VmcbSegment* Segment(GuestSegment segment) => segment switch
    {
        GuestSegment.Ldtr => &Loaded.Vmcb->Ldtr,
        GuestSegment.Tr => &Loaded.Vmcb->Tr,
        _ => &Loaded.Vmcb->Es + (int)segment,
    };
}
