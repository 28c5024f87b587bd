// The door to the vendor, when both are behind it: each member asks the backend that this processor has. Which one it
// is was decided at the start (Maker.cs): a branch that is always taken the same way.
namespace MinusOne.Hv.Vendor;

internal readonly unsafe struct Backend : IBackend
{
    public static bool TryTurnOn(FramePool* frames, out Hpa region) =>
        Maker.IsAmd ? SvmBackend.TryTurnOn(frames, out region) : VmxBackend.TryTurnOn(frames, out region);

    public static void TurnOff(FramePool* frames, Hpa region)
    {
        if (Maker.IsAmd)
        {
            SvmBackend.TurnOff(frames, region);
        }
        else
        {
            VmxBackend.TurnOff(frames, region);
        }
    }

    public static bool TryChoose(
        Vcpu* vcpu, void* capabilities, in ControlChanges changes, out MissingControl missing) =>
        Maker.IsAmd ? SvmBackend.TryChoose(vcpu, capabilities, in changes, out missing)
            : VmxBackend.TryChoose(vcpu, capabilities, in changes, out missing);

    public static bool TryVirtualizeApic(Vcpu* vcpu, in ControlChanges changes) =>
        Maker.IsAmd ? SvmBackend.TryVirtualizeApic(vcpu, in changes) : VmxBackend.TryVirtualizeApic(vcpu, in changes);

    public static void CopyChoice(Vcpu* from, Vcpu* to)
    {
        if (Maker.IsAmd)
        {
            SvmBackend.CopyChoice(from, to);
        }
        else
        {
            VmxBackend.CopyChoice(from, to);
        }
    }

    public static bool TryAllocate(Vcpu* vcpu, FramePool* frames) =>
        Maker.IsAmd ? SvmBackend.TryAllocate(vcpu, frames) : VmxBackend.TryAllocate(vcpu, frames);

    public static bool IsAllocated(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.IsAllocated(vcpu) : VmxBackend.IsAllocated(vcpu);

    public static bool TryPrepare(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.TryPrepare(vcpu) : VmxBackend.TryPrepare(vcpu);

    public static void Free(Vcpu* vcpu, FramePool* frames)
    {
        if (Maker.IsAmd)
        {
            SvmBackend.Free(vcpu, frames);
        }
        else
        {
            VmxBackend.Free(vcpu, frames);
        }
    }

    public static void Write(Vcpu* vcpu, in VcpuOrder order)
    {
        if (Maker.IsAmd)
        {
            SvmBackend.Write(vcpu, in order);
        }
        else
        {
            VmxBackend.Write(vcpu, in order);
        }
    }

    public static void Reset(Vcpu* vcpu, in StartState start)
    {
        if (Maker.IsAmd)
        {
            SvmBackend.Reset(vcpu, in start);
        }
        else
        {
            VmxBackend.Reset(vcpu, in start);
        }
    }

    public static bool HasTags(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.HasTags(vcpu) : VmxBackend.HasTags(vcpu);

    public static uint OwnExceptions => Maker.IsAmd ? SvmBackend.OwnExceptions : VmxBackend.OwnExceptions;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryLoad(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.TryLoad(vcpu) : VmxBackend.TryLoad(vcpu);

    public static void Unload(Vcpu* vcpu)
    {
        if (Maker.IsAmd)
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
        Maker.IsAmd ? SvmBackend.TryEnter(vcpu) : VmxBackend.TryEnter(vcpu);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryAdvance() =>
        Maker.IsAmd ? SvmBackend.TryAdvance() : VmxBackend.TryAdvance();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Inject(in Event chosen)
    {
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
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
        get => Maker.IsAmd ? SvmBackend.Exceptions : VmxBackend.Exceptions;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if (Maker.IsAmd)
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
        Maker.IsAmd ? SvmBackend.HasTimer(vcpu) : VmxBackend.HasTimer(vcpu);

    public static bool IsTimerExact(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.IsTimerExact(vcpu) : VmxBackend.IsTimerExact(vcpu);

    public static int TimerShift(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.TimerShift(vcpu) : VmxBackend.TimerShift(vcpu);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ArmTimer(uint ticks)
    {
        if (Maker.IsAmd)
        {
            SvmBackend.ArmTimer(ticks);
        }
        else
        {
            VmxBackend.ArmTimer(ticks);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasTscOffset(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.HasTscOffset(vcpu) : VmxBackend.HasTscOffset(vcpu);

    public static ulong TscOffset(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.TscOffset(vcpu) : VmxBackend.TscOffset(vcpu);

    public static void SetTscOffset(ulong offset)
    {
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
        {
            SvmBackend.ForgetTranslations(vcpu);
        }
        else
        {
            VmxBackend.ForgetTranslations(vcpu);
        }
    }

    public static bool TryForgetMemory(Vcpu* vcpu, Hpa root) =>
        Maker.IsAmd ? SvmBackend.TryForgetMemory(vcpu, root) : VmxBackend.TryForgetMemory(vcpu, root);

    public static void SetCr0(Vcpu* vcpu, Cr0 written)
    {
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
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
        if (Maker.IsAmd)
        {
            SvmBackend.OpenApic(vcpu, isOpen);
        }
        else
        {
            VmxBackend.OpenApic(vcpu, isOpen);
        }
    }

    public static Cr4 SupportedCr4(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.SupportedCr4(vcpu) : VmxBackend.SupportedCr4(vcpu);

    public static bool HasRdtscp(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.HasRdtscp(vcpu) : VmxBackend.HasRdtscp(vcpu);

    public static bool HasInvpcid(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.HasInvpcid(vcpu) : VmxBackend.HasInvpcid(vcpu);

    public static bool TellsStringOperands(Vcpu* vcpu) =>
        Maker.IsAmd ? SvmBackend.TellsStringOperands(vcpu) : VmxBackend.TellsStringOperands(vcpu);

    public static void NoteMsr(uint msr, ulong value)
    {
        if (Maker.IsAmd)
        {
            SvmBackend.NoteMsr(msr, value);
        }
        else
        {
            VmxBackend.NoteMsr(msr, value);
        }
    }
}
