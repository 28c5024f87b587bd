// The guest's state, from the backend that this processor has: see Backend.cs.
namespace MinusOne.Hv.Vendor;

internal readonly unsafe partial struct GuestState : IGuestState
{
    public static ulong Rip
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Cpu.IsAmd ? SvmState.Rip : VmxState.Rip;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
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
        get => Cpu.IsAmd ? SvmState.Rsp : VmxState.Rsp;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
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
        get => Cpu.IsAmd ? SvmState.Rflags : VmxState.Rflags;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
            {
                SvmState.Rflags = value;
            }
            else
            {
                VmxState.Rflags = value;
            }
        }
    }

    public static Cr0 Cr0 => Cpu.IsAmd ? SvmState.Cr0 : VmxState.Cr0;

    public static Cr4 Cr4 => Cpu.IsAmd ? SvmState.Cr4 : VmxState.Cr4;

    public static Cr0 SeenCr0 => Cpu.IsAmd ? SvmState.SeenCr0 : VmxState.SeenCr0;

    public static Cr4 SeenCr4 => Cpu.IsAmd ? SvmState.SeenCr4 : VmxState.SeenCr4;

    public static ulong Cr3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Cpu.IsAmd ? SvmState.Cr3 : VmxState.Cr3;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
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
        get => Cpu.IsAmd ? SvmState.Efer : VmxState.Efer;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
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
        get => Cpu.IsAmd ? SvmState.Cr2 : VmxState.Cr2;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
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
        get => Cpu.IsAmd ? SvmState.Dr6 : VmxState.Dr6;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
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
        get => Cpu.IsAmd ? SvmState.Dr7 : VmxState.Dr7;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
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
        get => Cpu.IsAmd ? SvmState.DebugControl : VmxState.DebugControl;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
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
        get => Cpu.IsAmd ? SvmState.Blocking : VmxState.Blocking;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
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
        get => Cpu.IsAmd ? SvmState.Activity : VmxState.Activity;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
            {
                SvmState.Activity = value;
            }
            else
            {
                VmxState.Activity = value;
            }
        }
    }
}
