// The guest's state, from the backend that this processor has: see Backend.cs.
namespace MinusOne.Hv.Vendor;

internal readonly unsafe struct GuestState : IGuestState
{
    public static ulong Rip
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Maker.IsAmd ? SvmState.Rip : VmxState.Rip;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.Rip = value;
            }
            else
            {
                VmxState.Rip = value;
            }
        }
    }

    public static ulong Rsp
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Maker.IsAmd ? SvmState.Rsp : VmxState.Rsp;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.Rsp = value;
            }
            else
            {
                VmxState.Rsp = value;
            }
        }
    }

    public static Rflags Rflags
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Maker.IsAmd ? SvmState.Rflags : VmxState.Rflags;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.Rflags = value;
            }
            else
            {
                VmxState.Rflags = value;
            }
        }
    }

    public static Cr0 Cr0 => Maker.IsAmd ? SvmState.Cr0 : VmxState.Cr0;

    public static Cr4 Cr4 => Maker.IsAmd ? SvmState.Cr4 : VmxState.Cr4;

    public static Cr0 SeenCr0 => Maker.IsAmd ? SvmState.SeenCr0 : VmxState.SeenCr0;

    public static Cr4 SeenCr4 => Maker.IsAmd ? SvmState.SeenCr4 : VmxState.SeenCr4;

    public static ulong Cr3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Maker.IsAmd ? SvmState.Cr3 : VmxState.Cr3;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.Cr3 = value;
            }
            else
            {
                VmxState.Cr3 = value;
            }
        }
    }

    public static Efer Efer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Maker.IsAmd ? SvmState.Efer : VmxState.Efer;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.Efer = value;
            }
            else
            {
                VmxState.Efer = value;
            }
        }
    }

    public static ulong Cr2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Maker.IsAmd ? SvmState.Cr2 : VmxState.Cr2;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.Cr2 = value;
            }
            else
            {
                VmxState.Cr2 = value;
            }
        }
    }

    public static ulong Dr6
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Maker.IsAmd ? SvmState.Dr6 : VmxState.Dr6;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.Dr6 = value;
            }
            else
            {
                VmxState.Dr6 = value;
            }
        }
    }

    public static ulong Dr7
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Maker.IsAmd ? SvmState.Dr7 : VmxState.Dr7;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.Dr7 = value;
            }
            else
            {
                VmxState.Dr7 = value;
            }
        }
    }

    public static ulong DebugControl
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Maker.IsAmd ? SvmState.DebugControl : VmxState.DebugControl;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.DebugControl = value;
            }
            else
            {
                VmxState.DebugControl = value;
            }
        }
    }

    public static InterruptibilityState Blocking
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Maker.IsAmd ? SvmState.Blocking : VmxState.Blocking;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.Blocking = value;
            }
            else
            {
                VmxState.Blocking = value;
            }
        }
    }

    public static ActivityState Activity
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Maker.IsAmd ? SvmState.Activity : VmxState.Activity;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.Activity = value;
            }
            else
            {
                VmxState.Activity = value;
            }
        }
    }

    public static ushort Selector(GuestSegment segment) =>
        Maker.IsAmd ? SvmState.Selector(segment) : VmxState.Selector(segment);

    public static ulong Base(GuestSegment segment) =>
        Maker.IsAmd ? SvmState.Base(segment) : VmxState.Base(segment);

    public static uint Limit(GuestSegment segment) =>
        Maker.IsAmd ? SvmState.Limit(segment) : VmxState.Limit(segment);

    public static SegmentAccessRights Rights(GuestSegment segment) =>
        Maker.IsAmd ? SvmState.Rights(segment) : VmxState.Rights(segment);

    public static void SetSegment( GuestSegment segment, ushort selector, ulong start, uint limit, SegmentAccessRights rights)
    {
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
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
        get => Maker.IsAmd ? SvmState.Gdtr : VmxState.Gdtr;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
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
        get => Maker.IsAmd ? SvmState.Idtr : VmxState.Idtr;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
            {
                SvmState.Idtr = value;
            }
            else
            {
                VmxState.Idtr = value;
            }
        }
    }

    public static bool KeepsPdptes => Maker.IsAmd ? SvmState.KeepsPdptes : VmxState.KeepsPdptes;

    public static ulong Pdpte(int index) =>
        Maker.IsAmd ? SvmState.Pdpte(index) : VmxState.Pdpte(index);

    public static void SetPdpte(int index, ulong entry)
    {
        if (Maker.IsAmd)
        {
            SvmState.SetPdpte(index, entry);
        }
        else
        {
            VmxState.SetPdpte(index, entry);
        }
    }

    public static ulong Kept(KeptMsr msr) =>
        Maker.IsAmd ? SvmState.Kept(msr) : VmxState.Kept(msr);

    public static void Keep(KeptMsr msr, ulong value)
    {
        if (Maker.IsAmd)
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
        get => Maker.IsAmd ? SvmState.PendingTraps : VmxState.PendingTraps;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
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
