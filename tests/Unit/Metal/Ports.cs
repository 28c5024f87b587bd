// The wide ports of the host, at the software processor.
namespace MinusOne.Efi.Metal;

internal static class Ports
{
    public static uint In32(ushort port) => Cpu.Soft.Ports.In(port, 4);

    public static void Out32(ushort port, uint value) => Cpu.Soft.Ports.Out(port, 4, value);
}
