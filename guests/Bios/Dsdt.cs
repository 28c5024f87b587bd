// What only ACPI's own language tells: the values that mean soft-off, the bus of PCI with its windows and the lines of
// its interrupts, the memory that is taken by its registers, and COM1. Nothing of it is a method: all is known. ACPI
// 6.5, 6.2.13 _PRT (PCI Routing Table), 7.4.2 \_Sx (System States); PCI Firmware Specification 3.0, 4.1.3.

using System.Collections.Generic;

namespace MinusOne.Guests.Bios;

internal static class Dsdt
{
    private const byte SoftOffType = 5;
    private const int Pins = 4;

    public static byte[] Make()
    {
        byte[] sleep = Aml.Package(Aml.Number(SoftOffType), Aml.Number(SoftOffType), Aml.Number(0), Aml.Number(0));
        byte[] code = [.. Aml.Name("_S5_", sleep), .. Aml.Scope("_SB_", Bridge(), Taken(), Serial())];
        var table = new AcpiTable("DSDT", 2, AcpiTable.HeaderBytes + code.Length);
        table.Bytes(AcpiTable.HeaderBytes, code);
        return table.Finish();
    }

    private static byte[] Bridge() => Aml.Device(
        "PCI0",
        Aml.Name("_HID", Aml.Identifier("PNP0A08")),
        Aml.Name("_CID", Aml.Identifier("PNP0A03")),
        Aml.Name("_UID", Aml.Number(0)),
        Aml.Name("_BBN", Aml.Number(0)),
        Aml.Name("_SEG", Aml.Number(0)),
        Aml.Name(
            "_CRS",
            Aml.Resources(
                Aml.BusRange(0, 0),
                Aml.TakenPorts(PciLayout.AddressPort, 8),
                Aml.PortRange(0, PciLayout.AddressPort - 1),
                Aml.PortRange(PciLayout.AddressPort + 8, ushort.MaxValue),
                Aml.MemoryRange(PciLayout.Memory, PciLayout.MemoryEnd))),
        Aml.Name("_PRT", Routes()));

    // A row says: this slot, this pin, no router, this input of the interrupt controllers.
    private static byte[] Routes()
    {
        var rows = new List<byte[]>();
        for (int slot = 1; slot < PciLayout.Slots; slot++)
        {
            for (int pin = 0; pin < Pins; pin++)
            {
                rows.Add(Aml.Package(
                    Aml.Number(((uint)slot << 16) | 0xFFFF),
                    Aml.Number((uint)pin),
                    Aml.Number(0),
                    Aml.Number(PciLayout.LineOf(slot, pin))));
            }
        }

        return Aml.Package(rows);
    }

    private static byte[] Taken() => Aml.Device(
        "REGS",
        Aml.Name("_HID", Aml.Identifier("PNP0C02")),
        Aml.Name("_UID", Aml.Number(0)),
        Aml.Name(
            "_CRS", Aml.Resources(Aml.TakenMemory(PciLayout.Configuration, PciLayout.ConfigurationBytes))));

    // 6.4.2.1 IRQ Descriptor: line 4, an edge.
    private static byte[] Serial() => Aml.Device(
        "COM1",
        Aml.Name("_HID", Aml.Identifier("PNP0501")),
        Aml.Name("_UID", Aml.Number(0)),
        Aml.Name("_CRS", Aml.Resources(Aml.TakenPorts(0x3F8, 8), [0x22, 0x10, 0])));
}
