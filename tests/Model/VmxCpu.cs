// The VMX half of the seam for unit tests: every call goes to the model of VMX in the current thread's processor.

using MinusOne.Tests.Model;

namespace MinusOne.Hv.Vmx;

internal static unsafe partial class VmxCpu
{
    public static partial VmxResult VmxOn(Hpa region) => Cpu.Soft.Vmx.VmxOn(region);

    public static partial VmxResult VmxOff() => Cpu.Soft.Vmx.VmxOff();

    public static partial VmxResult VmClear(Hpa region) => Cpu.Soft.Vmx.VmClear(region);

    public static partial VmxResult VmPtrLoad(Hpa region) => Cpu.Soft.Vmx.VmPtrLoad(region);

    public static partial ulong VmRead(uint field) => Cpu.Soft.Vmx.VmRead(field);

    public static partial void VmWrite(uint field, ulong value) => Cpu.Soft.Vmx.VmWrite(field, value);

    public static partial VmxResult TryVmRead(uint field, ulong* value) => Cpu.Soft.Vmx.TryVmRead(field, out *value);

    public static partial VmxResult InvEpt(InvEptKind kind, InvEptDescriptor* descriptor) =>
        Cpu.Soft.Vmx.InvEpt(kind, *descriptor);

    public static partial VmxResult InvVpid(InvVpidKind kind, InvVpidDescriptor* descriptor) =>
        Cpu.Soft.Vmx.InvVpid(kind, *descriptor);

    public static partial bool TryAdvance() => SoftShortPath.TryAdvance(Cpu.Soft.Vmx);

    public static partial VmxResult Enter(GuestRegisters* registers) =>
        SoftShortPath.Enter(Cpu.Soft, registers);
}
