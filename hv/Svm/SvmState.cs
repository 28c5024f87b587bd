// The guest's state where SVM keeps it: in the VMCB of the processor that is loaded. What SVM has no place for stands
// beside it, in SvmVcpu. AMD APM 2 Appendix B.2 VMCB State Save Area.
namespace MinusOne.Hv.Svm;

internal readonly unsafe struct SvmState : IGuestState
{
    // The VMCB that is loaded, and what stands beside it.
    private static Vmcb* Block => SvmCpu.Processor.Vmcb;
    private static SvmVcpu* Beside => SvmCpu.Processor.Vcpu;

    private const ulong InShadow = 1;

    public static ulong Rip { get => Block->Rip; set => Block->Rip = value; }
    public static ulong Rsp { get => Block->Rsp; set => Block->Rsp = value; }
    public static ulong Cr3 { get => Block->Cr3; set => Block->Cr3 = value; }
    public static ulong Dr6 { get => Block->Dr6; set => Block->Dr6 = value; }
    public static ulong Dr7 { get => Block->Dr7; set => Block->Dr7 = value; }

    // The host does not change it, and not every emulator's VMRUN loads it.
    public static ulong Cr2
    {
        get => Cpu.ReadCr2();
        set
        {
            Block->Cr2 = value;
            Cpu.WriteCr2(value);
        }
    }

    public static Rflags Rflags
    {
        get => (Rflags)Block->Rflags;
        set => Block->Rflags = (ulong)value;
    }

    // No bit of them is ours but MCE, where reads of CR4 exit: else what is in force is what the guest reads.
    public static Cr0 Cr0 => (Cr0)Block->Cr0;
    public static Cr4 Cr4 => (Cr4)Block->Cr4;
    public static Cr0 SeenCr0 => Cr0;
    public static Cr4 SeenCr4 =>
        (Block->ControlRegisters & VmcbSetup.Cr4Reads) != 0 ? Cr4 & ~Cr4.MachineCheckEnable : Cr4;

    // SVME, which an entry demands, is not the guest's.
    public static Efer Efer
    {
        get => (Efer)(Block->Efer & ~SvmMsr.EferEnable);
        set => Block->Efer = (ulong)value | SvmMsr.EferEnable;
    }

    public static ulong DebugControl
    {
        get => Block->DebugControl;
        set => Block->DebugControl = value;
    }

    // STI and MOV SS cast the same shadow here.
    public static InterruptibilityState Blocking
    {
        get => new(((Block->Shadow & InShadow) != 0 ? InterruptibilityState.Sti : 0)
            | (Beside->IsNmiBlocked ? InterruptibilityState.Nmi : 0));
        set
        {
            Block->Shadow = value.BlockingBySti || value.BlockingByMovSs ? InShadow : 0;
            if (value.BlockingByNmi == Beside->IsNmiBlocked)
            {
                return;
            }

            // The next IRET opens them again.
            Beside->IsNmiBlocked = value.BlockingByNmi;
            Beside->Iret = SvmVcpu.NoPlace;
            Block->General = value.BlockingByNmi
                ? Block->General | GeneralIntercepts.Iret : Block->General & ~GeneralIntercepts.Iret;
        }
    }

    public static ActivityState Activity { get => Beside->Activity; set => Beside->Activity = value; }
    public static PendingDebugExceptions PendingTraps { get => Beside->Traps; set => Beside->Traps = value; }
    public static ushort Selector(GuestSegment segment) => Segment(segment)->Selector;
    public static ulong Base(GuestSegment segment) => Segment(segment)->Base;
    public static uint Limit(GuestSegment segment) => Segment(segment)->Limit;

    // The privilege level has a place of its own, and counts where SS has none.
    public static SegmentAccessRights Rights(GuestSegment segment)
    {
        SegmentAccessRights rights = Segment(segment)->Rights;
        return segment == GuestSegment.Ss ? rights.WithDpl(Block->Cpl) : rights;
    }

    public static void SetSegment(
        GuestSegment segment, ushort selector, ulong start, uint limit, SegmentAccessRights rights)
    {
        *Segment(segment) = new() { Selector = selector, Limit = limit, Base = start, Rights = rights };
        if (segment == GuestSegment.Ss)
        {
            Block->Cpl = (byte)rights.Dpl;
        }
    }

    public static void SetBase(GuestSegment segment, ulong start) => Segment(segment)->Base = start;

    public static DescriptorTable Gdtr
    {
        get => new(Block->Gdtr.Base, Block->Gdtr.Limit);
        set => Block->Gdtr = new() { Base = value.Base, Limit = value.Limit };
    }

    public static DescriptorTable Idtr
    {
        get => new(Block->Idtr.Base, Block->Idtr.Limit);
        set => Block->Idtr = new() { Base = value.Base, Limit = value.Limit };
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
        KeptMsr.SysenterCs => &Block->SysenterCs,
        KeptMsr.SysenterEsp => &Block->SysenterEsp,
        KeptMsr.SysenterEip => &Block->SysenterEip,
        KeptMsr.DebugControl => &Block->DebugControl,
        KeptMsr.Pat => &Block->Pat,
        KeptMsr.FsBase => &Block->Fs.Base,
        _ => &Block->Gs.Base,
    };

    // ES to GS stand in the order of their numbers; LDTR and TR do not follow.
    private static VmcbSegment* Segment(GuestSegment segment) => segment switch
    {
        GuestSegment.Ldtr => &Block->Ldtr,
        GuestSegment.Tr => &Block->Tr,
        _ => &Block->Es + (int)segment,
    };
}
