// Segments, descriptor tables and MSRs: the second half of GuestState.cs.
namespace MinusOne.Hv.Vendor;

internal readonly unsafe partial struct GuestState
{
    public static ushort Selector(GuestSegment segment) =>
        Cpu.IsAmd ? SvmState.Selector(segment) : VmxState.Selector(segment);

    public static ulong Base(GuestSegment segment) =>
        Cpu.IsAmd ? SvmState.Base(segment) : VmxState.Base(segment);

    public static uint Limit(GuestSegment segment) =>
        Cpu.IsAmd ? SvmState.Limit(segment) : VmxState.Limit(segment);

    public static SegmentAccessRights Rights(GuestSegment segment) =>
        Cpu.IsAmd ? SvmState.Rights(segment) : VmxState.Rights(segment);

    public static void SetSegment(
        GuestSegment segment, ushort selector, ulong start, uint limit, SegmentAccessRights rights)
    {
        if (Cpu.IsAmd)
        {
            SvmState.SetSegment(segment, selector, start, limit, rights);
        }
        else
        {
            VmxState.SetSegment(segment, selector, start, limit, rights);
        }
    }

    public static void SetBase(GuestSegment segment, ulong start)
    {
        if (Cpu.IsAmd)
        {
            SvmState.SetBase(segment, start);
        }
        else
        {
            VmxState.SetBase(segment, start);
        }
    }

    public static DescriptorTable Gdtr
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Cpu.IsAmd ? SvmState.Gdtr : VmxState.Gdtr;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
            {
                SvmState.Gdtr = value;
            }
            else
            {
                VmxState.Gdtr = value;
            }
        }
    }

    public static DescriptorTable Idtr
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Cpu.IsAmd ? SvmState.Idtr : VmxState.Idtr;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
            {
                SvmState.Idtr = value;
            }
            else
            {
                VmxState.Idtr = value;
            }
        }
    }

    public static bool KeepsPdptes => Cpu.IsAmd ? SvmState.KeepsPdptes : VmxState.KeepsPdptes;

    public static ulong Pdpte(int index) =>
        Cpu.IsAmd ? SvmState.Pdpte(index) : VmxState.Pdpte(index);

    public static void SetPdpte(int index, ulong entry)
    {
        if (Cpu.IsAmd)
        {
            SvmState.SetPdpte(index, entry);
        }
        else
        {
            VmxState.SetPdpte(index, entry);
        }
    }

    public static ulong Kept(KeptMsr msr) =>
        Cpu.IsAmd ? SvmState.Kept(msr) : VmxState.Kept(msr);

    public static void Keep(KeptMsr msr, ulong value)
    {
        if (Cpu.IsAmd)
        {
            SvmState.Keep(msr, value);
        }
        else
        {
            VmxState.Keep(msr, value);
        }
    }

    public static PendingDebugExceptions PendingTraps
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Cpu.IsAmd ? SvmState.PendingTraps : VmxState.PendingTraps;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
            {
                SvmState.PendingTraps = value;
            }
            else
            {
                VmxState.PendingTraps = value;
            }
        }
    }
}
