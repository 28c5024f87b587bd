// The second half of the seam: the VMX instructions and the world switch, as Seam/Cpu.cs declares everything else. The
// image links them to machine-code stubs (efi/Stubs), the unit tests to the software model of VMX.
namespace MinusOne.Hv.Vmx;

internal static unsafe partial class VmxCpu
{
    public static partial VmxResult VmxOn(Hpa region);
    public static partial VmxResult VmxOff();
    public static partial VmxResult VmClear(Hpa region);
    public static partial VmxResult VmPtrLoad(Hpa region);

    // A field this processor does not have is a defect of the hypervisor: the stub panics with its encoding.
    public static partial ulong VmRead(uint field);
    public static partial void VmWrite(uint field, ulong value);

    // For asking whether a field exists.
    public static partial VmxResult TryVmRead(uint field, ulong* value);

    // Moves RIP behind the instruction that caused the exit. False: nothing was done, because something besides RIP
    // has to change (blocking, RF, a single step), or because RIP leaves its 64 KiB.
    public static partial bool TryAdvance();

    public static partial VmxResult InvEpt(InvEptKind kind, InvEptDescriptor* descriptor);
    public static partial VmxResult InvVpid(InvVpidKind kind, InvVpidDescriptor* descriptor);

    // Enters the guest (VMLAUNCH or VMRESUME) and comes back with its next exit that the short path does not finish, or
    // with the reason it was not entered. The registers are those of a Vcpu.
    public static partial VmxResult Enter(GuestRegisters* registers);
}
