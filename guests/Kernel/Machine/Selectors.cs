// The segment selectors of the kernel's GDT. Their order is SYSRET's: the program's data segment 8 and its code segment
// 16 behind what STAR names. SDM 3A 6.8.8 Fast System Calls in 64-Bit Mode.
namespace MinusOne.Guests.Kernel.Machine;

internal static class Selectors
{
    public const ushort KernelCode = 0x08;
    public const ushort KernelData = 0x10;
    public const ushort Task = 0x18;
    public const ushort SysretBase = 0x2B;
    public const ushort UserData = 0x33;
    public const ushort UserCode = 0x3B;
}
