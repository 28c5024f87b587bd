// The seam: everything the processor does for us that C# cannot say. The image links it to machine-code stubs
// (efi/Stubs), the unit tests to a strict software model (tests/Unit/SoftCpu). The choice is made at link time: a call
// here is a direct call. Leaves out what only the firmware side needs once (descriptor-table loads): that is efi/Host.

namespace MinusOne.Hv.Seam;

internal static unsafe partial class Cpu
{
    public static partial void Cpuid(uint leaf, uint subleaf, CpuidResult* result);

    public static partial ulong ReadTsc();

    // For MSRs that the capability bits promise; a #GP here is a host fault.
    public static partial ulong ReadMsr(uint msr);

    public static partial void WriteMsr(uint msr, ulong value);

    // For MSRs and values that a guest chose: false where the processor answers #GP.
    public static partial bool TryReadMsr(uint msr, ulong* value);

    public static partial bool TryWriteMsr(uint msr, ulong value);

    public static partial ulong ReadXcr0();

    public static partial bool TryWriteXcr0(ulong value);

    // XSAVE and XRSTOR of the components in `mask` in a standard-format area aligned to 64 bytes; with an empty mask
    // FXSAVE and FXRSTOR.
    public static partial void SaveExtendedState(void* area, ulong mask);

    public static partial void RestoreExtendedState(void* area, ulong mask);

    public static partial ulong ReadCr0();

    public static partial void WriteCr0(ulong value);

    public static partial ulong ReadCr2();

    public static partial void WriteCr2(ulong value);

    public static partial ulong ReadCr3();

    public static partial void WriteCr3(ulong value);

    public static partial ulong ReadCr4();

    public static partial void WriteCr4(ulong value);

    // DR0-DR3 and DR6.
    public static partial ulong ReadDebugRegister(int register);

    public static partial void WriteDebugRegister(int register, ulong value);

    // Of the processor's own local APIC, by the offset in its page.
    public static partial uint ReadApic(uint offset);

    public static partial void WriteApic(uint offset, uint value);

    public static partial byte In8(ushort port);

    public static partial ushort In16(ushort port);

    public static partial uint In32(ushort port);

    public static partial void Out8(ushort port, byte value);

    public static partial void Out16(ushort port, ushort value);

    public static partial void Out32(ushort port, uint value);

    public static partial void Pause();

    // Zeroes one 4 KiB frame with string stores.
    public static partial void ClearFrame(void* frame);

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
