// The guest's state where VT-x keeps it: the guest-state area of the current VMCS, and the read shadows of the bits of
// CR0 and CR4 that are ours. SDM 3C 26.4 Guest-State Area, 26.6.6 Guest/Host Masks and Read Shadows for CR0 and CR4.
namespace MinusOne.Hv.Vmx;

internal readonly struct VmxState : IGuestState
{
    public static ulong Rip { get => Vmcs.Read(VmcsNatural.GuestRip); set => Vmcs.Write(VmcsNatural.GuestRip, value); }
    public static ulong Rsp { get => Vmcs.Read(VmcsNatural.GuestRsp); set => Vmcs.Write(VmcsNatural.GuestRsp, value); }
    public static ulong Cr3 { get => Vmcs.Read(VmcsNatural.GuestCr3); set => Vmcs.Write(VmcsNatural.GuestCr3, value); }
    public static ulong Dr7 { get => Vmcs.Read(VmcsNatural.GuestDr7); set => Vmcs.Write(VmcsNatural.GuestDr7, value); }

    // No field of the VMCS: the guest's values stay in the processor while the host runs.
    public static ulong Cr2 { get => Cpu.ReadCr2(); set => Cpu.WriteCr2(value); }
    public static ulong Dr6 { get => Cpu.ReadDebugRegister(6); set => Cpu.WriteDebugRegister(6, value); }

    public static Rflags Rflags
    {
        get => (Rflags)Vmcs.Read(VmcsNatural.GuestRflags);
        set => Vmcs.Write(VmcsNatural.GuestRflags, (ulong)value);
    }

    public static Cr0 Cr0 => (Cr0)Vmcs.Read(VmcsNatural.GuestCr0);
    public static Cr4 Cr4 => (Cr4)Vmcs.Read(VmcsNatural.GuestCr4);

    public static Cr0 SeenCr0 =>
        (Cr0)Seen(VmcsNatural.GuestCr0, VmcsNatural.Cr0GuestHostMask, VmcsNatural.Cr0ReadShadow);

    public static Cr4 SeenCr4 =>
        (Cr4)Seen(VmcsNatural.GuestCr4, VmcsNatural.Cr4GuestHostMask, VmcsNatural.Cr4ReadShadow);

    public static Efer Efer
    {
        get => (Efer)Vmcs.Read(Vmcs64.GuestEfer);
        set => Vmcs.Write(Vmcs64.GuestEfer, (ulong)value);
    }

    public static ulong DebugControl
    {
        get => Vmcs.Read(Vmcs64.GuestDebugCtl);
        set => Vmcs.Write(Vmcs64.GuestDebugCtl, value);
    }

    public static InterruptibilityState Blocking
    {
        get => new(Vmcs.Read(Vmcs32.GuestInterruptibilityState));
        set => Vmcs.Write(Vmcs32.GuestInterruptibilityState, value.Raw);
    }

    public static ActivityState Activity
    {
        get => (ActivityState)Vmcs.Read(Vmcs32.GuestActivityState);
        set => Vmcs.Write(Vmcs32.GuestActivityState, (uint)value);
    }

    public static ushort Selector(GuestSegment segment) => Vmcs.Read(GuestSegmentFields.Selector(segment));
    public static ulong Base(GuestSegment segment) => Vmcs.Read(GuestSegmentFields.Base(segment));
    public static uint Limit(GuestSegment segment) => Vmcs.Read(GuestSegmentFields.Limit(segment));

    public static SegmentAccessRights Rights(GuestSegment segment) =>
        new(Vmcs.Read(GuestSegmentFields.AccessRights(segment)));

    public static void SetSegment(
        GuestSegment segment, ushort selector, ulong start, uint limit, SegmentAccessRights rights)
    {
        Vmcs.Write(GuestSegmentFields.Selector(segment), selector);
        Vmcs.Write(GuestSegmentFields.Base(segment), start);
        Vmcs.Write(GuestSegmentFields.Limit(segment), limit);
        Vmcs.Write(GuestSegmentFields.AccessRights(segment), rights.Raw);
    }

    public static void SetBase(GuestSegment segment, ulong start) =>
        Vmcs.Write(GuestSegmentFields.Base(segment), start);

    public static DescriptorTable Gdtr
    {
        get => new(Vmcs.Read(VmcsNatural.GuestGdtrBase), Vmcs.Read(Vmcs32.GuestGdtrLimit));
        set
        {
            Vmcs.Write(VmcsNatural.GuestGdtrBase, value.Base);
            Vmcs.Write(Vmcs32.GuestGdtrLimit, value.Limit);
        }
    }

    public static DescriptorTable Idtr
    {
        get => new(Vmcs.Read(VmcsNatural.GuestIdtrBase), Vmcs.Read(Vmcs32.GuestIdtrLimit));
        set
        {
            Vmcs.Write(VmcsNatural.GuestIdtrBase, value.Base);
            Vmcs.Write(Vmcs32.GuestIdtrLimit, value.Limit);
        }
    }

    public static bool KeepsPdptes => true;
    public static ulong Pdpte(int index) => Vmcs.Read(Vmcs64.GuestPdpte0 + (2 * (uint)index));
    public static void SetPdpte(int index, ulong entry) => Vmcs.Write(Vmcs64.GuestPdpte0 + (2 * (uint)index), entry);
    public static ulong Kept(KeptMsr msr) => VmxCpu.VmRead(FieldOf(msr));
    public static void Keep(KeptMsr msr, ulong value) => VmxCpu.VmWrite(FieldOf(msr), value);

    public static PendingDebugExceptions PendingTraps
    {
        get => new(Vmcs.Read(VmcsNatural.GuestPendingDebugExceptions));
        set => Vmcs.Write(VmcsNatural.GuestPendingDebugExceptions, value.Raw);
    }

    private static uint FieldOf(KeptMsr msr) => msr switch
    {
        KeptMsr.SysenterCs => (uint)Vmcs32.GuestSysenterCs,
        KeptMsr.SysenterEsp => (uint)VmcsNatural.GuestSysenterEsp,
        KeptMsr.SysenterEip => (uint)VmcsNatural.GuestSysenterEip,
        KeptMsr.DebugControl => (uint)Vmcs64.GuestDebugCtl,
        KeptMsr.Pat => (uint)Vmcs64.GuestPat,
        KeptMsr.Efer => (uint)Vmcs64.GuestEfer,
        KeptMsr.FsBase => (uint)VmcsNatural.GuestFsBase,
        _ => (uint)VmcsNatural.GuestGsBase,
    };

    private static ulong Seen(VmcsNatural field, VmcsNatural mask, VmcsNatural shadow)
    {
        ulong owned = Vmcs.Read(mask);
        return (Vmcs.Read(field) & ~owned) | (Vmcs.Read(shadow) & owned);
    }
}
