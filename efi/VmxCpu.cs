// The VMX half of the seam in the image: as in Cpu.cs, each call is a call of the stub of the same name.

using System.Runtime;
using System.Runtime.CompilerServices;

namespace MinusOne.Hv.Vmx;

internal static unsafe partial class VmxCpu
{
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxOn")]
    public static extern partial VmxResult VmxOn(Hpa region);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmxOff")]
    public static extern partial VmxResult VmxOff();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmClear")]
    public static extern partial VmxResult VmClear(Hpa region);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmPtrLoad")]
    public static extern partial VmxResult VmPtrLoad(Hpa region);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmRead")]
    public static extern partial ulong VmRead(uint field);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmWrite")]
    public static extern partial void VmWrite(uint field, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "TryVmRead")]
    public static extern partial VmxResult TryVmRead(uint field, ulong* value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "TryAdvance")]
    public static extern partial bool TryAdvance();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "InvEpt")]
    public static extern partial VmxResult InvEpt(InvEptKind kind, InvEptDescriptor* descriptor);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "InvVpid")]
    public static extern partial VmxResult InvVpid(InvVpidKind kind, InvVpidDescriptor* descriptor);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Enter")]
    public static extern partial VmxResult Enter(GuestRegisters* registers);
}
