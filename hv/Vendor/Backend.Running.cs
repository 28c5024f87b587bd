// What is asked while a guest runs: the second half of Backend.cs.
namespace MinusOne.Hv.Vendor;

internal readonly unsafe partial struct Backend
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryLoad(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.TryLoad(vcpu) : VmxBackend.TryLoad(vcpu);

    public static void Unload(Vcpu* vcpu)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.Unload(vcpu);
        }
        else
        {
            VmxBackend.Unload(vcpu);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEnter(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.TryEnter(vcpu) : VmxBackend.TryEnter(vcpu);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryAdvance() =>
        Cpu.IsAmd ? SvmBackend.TryAdvance() : VmxBackend.TryAdvance();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Inject(in Event chosen)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.Inject(in chosen);
        }
        else
        {
            VmxBackend.Inject(in chosen);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Inject(InterruptionInformation information)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.Inject(information);
        }
        else
        {
            VmxBackend.Inject(information);
        }
    }

    public static void InjectGeneralProtection()
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.InjectGeneralProtection();
        }
        else
        {
            VmxBackend.InjectGeneralProtection();
        }
    }

    public static void SetWindows(Vcpu* vcpu, bool forNmi, bool forExternal)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.SetWindows(vcpu, forNmi, forExternal);
        }
        else
        {
            VmxBackend.SetWindows(vcpu, forNmi, forExternal);
        }
    }

    public static uint Exceptions
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Cpu.IsAmd ? SvmBackend.Exceptions : VmxBackend.Exceptions;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Cpu.IsAmd)
            {
                SvmBackend.Exceptions = value;
            }
            else
            {
                VmxBackend.Exceptions = value;
            }
        }
    }

    public static bool HasTimer(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.HasTimer(vcpu) : VmxBackend.HasTimer(vcpu);

    public static bool IsTimerExact(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.IsTimerExact(vcpu) : VmxBackend.IsTimerExact(vcpu);

    public static int TimerShift(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.TimerShift(vcpu) : VmxBackend.TimerShift(vcpu);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ArmTimer(uint ticks)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.ArmTimer(ticks);
        }
        else
        {
            VmxBackend.ArmTimer(ticks);
        }
    }

    public static void ExpireTimer()
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.ExpireTimer();
        }
        else
        {
            VmxBackend.ExpireTimer();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasTscOffset(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.HasTscOffset(vcpu) : VmxBackend.HasTscOffset(vcpu);

    public static ulong TscOffset(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.TscOffset(vcpu) : VmxBackend.TscOffset(vcpu);

    public static void SetTscOffset(ulong offset)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.SetTscOffset(offset);
        }
        else
        {
            VmxBackend.SetTscOffset(offset);
        }
    }

    public static void ForgetTranslations(Vcpu* vcpu)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.ForgetTranslations(vcpu);
        }
        else
        {
            VmxBackend.ForgetTranslations(vcpu);
        }
    }

    public static bool TryForgetMemory(Vcpu* vcpu, Hpa root) =>
        Cpu.IsAmd ? SvmBackend.TryForgetMemory(vcpu, root) : VmxBackend.TryForgetMemory(vcpu, root);

    public static void SetCr0(Vcpu* vcpu, Cr0 written)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.SetCr0(vcpu, written);
        }
        else
        {
            VmxBackend.SetCr0(vcpu, written);
        }
    }

    public static void SetCr4(Vcpu* vcpu, Cr4 written)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.SetCr4(vcpu, written);
        }
        else
        {
            VmxBackend.SetCr4(vcpu, written);
        }
    }

    public static void SetMode(Efer efer)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.SetMode(efer);
        }
        else
        {
            VmxBackend.SetMode(efer);
        }
    }

    public static void AcknowledgeInterrupts(Vcpu* vcpu, bool always)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.AcknowledgeInterrupts(vcpu, always);
        }
        else
        {
            VmxBackend.AcknowledgeInterrupts(vcpu, always);
        }
    }

    public static void DeliverVirtually(Vcpu* vcpu)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.DeliverVirtually(vcpu);
        }
        else
        {
            VmxBackend.DeliverVirtually(vcpu);
        }
    }

    public static void TellVirtualInterrupts(ushort status)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.TellVirtualInterrupts(status);
        }
        else
        {
            VmxBackend.TellVirtualInterrupts(status);
        }
    }

    public static void SetEoiExits(uint quarter, ulong vectors)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.SetEoiExits(quarter, vectors);
        }
        else
        {
            VmxBackend.SetEoiExits(quarter, vectors);
        }
    }

    public static void OpenApic(Vcpu* vcpu, bool isOpen)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.OpenApic(vcpu, isOpen);
        }
        else
        {
            VmxBackend.OpenApic(vcpu, isOpen);
        }
    }

    public static Cr4 SupportedCr4(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.SupportedCr4(vcpu) : VmxBackend.SupportedCr4(vcpu);

    public static bool HasRdtscp(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.HasRdtscp(vcpu) : VmxBackend.HasRdtscp(vcpu);

    public static bool HasInvpcid(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.HasInvpcid(vcpu) : VmxBackend.HasInvpcid(vcpu);

    public static bool TellsStringOperands(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.TellsStringOperands(vcpu) : VmxBackend.TellsStringOperands(vcpu);

    public static void NoteMsr(uint msr, ulong value)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.NoteMsr(msr, value);
        }
        else
        {
            VmxBackend.NoteMsr(msr, value);
        }
    }

    public static bool CanInject(InterruptionInformation information) =>
        Cpu.IsAmd ? SvmBackend.CanInject(information) : VmxBackend.CanInject(information);
}
