// The door to the vendor, when both are behind it: each member asks the backend that this processor has. Which one it
// is was decided at the start (Cpu.IsAmd): a branch that is always taken the same way.
namespace MinusOne.Hv.Vendor;

internal readonly unsafe partial struct Backend : IBackend
{
    public static bool TryTurnOn(FramePool* frames, out Hpa region) =>
        Cpu.IsAmd ? SvmBackend.TryTurnOn(frames, out region) : VmxBackend.TryTurnOn(frames, out region);

    public static void TurnOff(FramePool* frames, Hpa region)
    {
        if (Cpu.IsAmd)
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
        Cpu.IsAmd ? SvmBackend.TryChoose(vcpu, capabilities, in changes, out missing)
            : VmxBackend.TryChoose(vcpu, capabilities, in changes, out missing);

    public static bool TryVirtualizeApic(Vcpu* vcpu, in ControlChanges changes) =>
        Cpu.IsAmd ? SvmBackend.TryVirtualizeApic(vcpu, in changes) : VmxBackend.TryVirtualizeApic(vcpu, in changes);

    public static void CopyChoice(Vcpu* from, Vcpu* to)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.CopyChoice(from, to);
        }
        else
        {
            VmxBackend.CopyChoice(from, to);
        }
    }

    public static bool TryAllocate(Vcpu* vcpu, FramePool* frames) =>
        Cpu.IsAmd ? SvmBackend.TryAllocate(vcpu, frames) : VmxBackend.TryAllocate(vcpu, frames);

    public static bool IsAllocated(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.IsAllocated(vcpu) : VmxBackend.IsAllocated(vcpu);

    public static bool TryPrepare(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.TryPrepare(vcpu) : VmxBackend.TryPrepare(vcpu);

    public static void Free(Vcpu* vcpu, FramePool* frames)
    {
        if (Cpu.IsAmd)
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
        if (Cpu.IsAmd)
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
        if (Cpu.IsAmd)
        {
            SvmBackend.Reset(vcpu, in start);
        }
        else
        {
            VmxBackend.Reset(vcpu, in start);
        }
    }

    public static bool HasTags(Vcpu* vcpu) =>
        Cpu.IsAmd ? SvmBackend.HasTags(vcpu) : VmxBackend.HasTags(vcpu);

    public static uint OwnExceptions => Cpu.IsAmd ? SvmBackend.OwnExceptions : VmxBackend.OwnExceptions;

    public static void ArmBreakpoints(ulong control)
    {
        if (Cpu.IsAmd)
        {
            SvmBackend.ArmBreakpoints(control);
        }
        else
        {
            VmxBackend.ArmBreakpoints(control);
        }
    }

    public static bool TryTrap(Vcpu* vcpu, bool isOn) =>
        Cpu.IsAmd ? SvmBackend.TryTrap(vcpu, isOn) : VmxBackend.TryTrap(vcpu, isOn);
}
