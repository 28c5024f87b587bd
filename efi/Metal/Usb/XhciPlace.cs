// A controller of xHCI as the bus has it: its registers' address, and how much memory it will want. PCI Local Bus
// Specification 3.0, 6.2.5.1 Address Maps; xHCI specification 1.2, 5.2.1 PCI Base Address Registers.

using MinusOne.Efi.Metal.Pci;

namespace MinusOne.Efi.Metal.Usb;

internal unsafe struct XhciPlace
{
    // As far as registers reach in all controllers that there are.
    public const ulong Length = 64 << 10;

    // Some controllers know addresses of 32 bits only: all of them get memory that those reach.
    public const ulong HighestMemory = uint.MaxValue;

    private const uint MemorySpace = 1 << 1, BusMaster = 1 << 2, CommandMask = 0xFFFF;
    private const uint IsPort = 1 << 0, LongKind = 2 << 1, KindMask = 3 << 1, AddressMask = ~0xFu;

    private PciFunctionAddress _function;

    public ulong Registers { get; private set; }

    public uint Pages { get; private set; }

    // So many, one behind the other, and empty.
    public byte* Memory { get; set; }

    // An address that is memory's, or a controller whose registers cannot be, is none.
    public static bool TryFind(in PciFunctionAddress function, in FirmwareTables tables, out XhciPlace place)
    {
        place = default;
        uint bar = function.Read(PciRegister.Bar0);
        ulong address = bar & AddressMask;
        if ((bar & KindMask) == LongKind)
        {
            address |= (ulong)function.Read(PciRegister.Bar0 + sizeof(uint)) << 32;
        }

        if ((bar & IsPort) != 0 || !tables.IsDevice(address) || !tables.IsDevice(address + Length - 1))
        {
            return false;
        }

        place._function = function;
        place.Registers = address;
        place.Let(MemorySpace);
        var registers = new XhciRegisters(address, Length);
        place.Pages = XhciController.PagesFor(registers);
        return XhciController.CanDrive(registers);
    }

    // It stands still, and what it will write to is ours.
    public readonly void EnableBusMaster() => Let(MemorySpace | BusMaster);

    // It does not do what it should.
    public readonly void DisableBusMaster() =>
        _function.Write(PciRegister.Command, _function.Read(PciRegister.Command) & CommandMask & ~BusMaster);

    private readonly void Let(uint bits) =>
        _function.Write(PciRegister.Command, (_function.Read(PciRegister.Command) & CommandMask) | bits);
}
