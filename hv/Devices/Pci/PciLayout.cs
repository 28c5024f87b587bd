// The places of a guest's PCI bus, which its ACPI tables tell it, and the lines of its interrupts. There is one bus,
// and a function in each slot. PCI Firmware Specification 3.0, 4.1.2 MCFG Table Description.
namespace MinusOne.Hv.Devices.Pci;

internal static class PciLayout
{
    // All functions' registers, and the ports that show one register at a time.
    public const uint Configuration = 0xE000_0000;
    public const uint ConfigurationBytes = 0x10_0000;
    public const ushort AddressPort = 0xCF8;

    // What devices show of themselves in memory: behind the RAM that a guest can have at most.
    public const uint Memory = 0xC000_0000;
    public const uint MemoryEnd = 0xDFFF_FFFF;

    public const int Slots = 16;

    // INTA to INTD of slot 0; each further slot begins with the next one. They are lines of the ISA bus that nobody
    // else has, so that guests without an I/O APIC find them, too: no router, no second set of lines.
    public static ReadOnlySpan<byte> Lines => [10, 11, 5, 15];

    // Pins count from 0.
    public static byte LineOf(int slot, int pin) => Lines[(slot + pin) & 3];
}
