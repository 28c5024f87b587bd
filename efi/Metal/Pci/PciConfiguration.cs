// The configuration space of the machine's PCI functions, by the two ports that every PC has. PCI Local Bus
// Specification 3.0, 3.2.2.3.2 Software Generation of Configuration Transactions.
namespace MinusOne.Efi.Metal.Pci;

internal readonly struct PciFunctionAddress(int bus, int device, int function)
{
    private const ushort AddressPort = 0xCF8;
    private const ushort DataPort = 0xCFC;
    private const uint Enable = 1u << 31;

    public readonly int Bus = bus;
    public readonly int Device = device;
    public readonly int Function = function;

    public uint Read(uint register)
    {
        Select(register);
        return Ports.In32(DataPort);
    }

    public void Write(uint register, uint value)
    {
        Select(register);
        Ports.Out32(DataPort, value);
    }

    private void Select(uint register) =>
        Ports.Out32(AddressPort, Enable | (uint)((Bus << 16) | (Device << 11) | (Function << 8)) | register);
}

internal static class PciRegister
{
    public const uint Identity = 0x00;
    public const uint Command = 0x04;
    public const uint Class = 0x08;
    public const uint Header = 0x0C;
    public const uint Bar0 = 0x10;
}
