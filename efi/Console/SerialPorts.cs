// Which serial ports there are: COM1, COM2, those that ACPI names for a console (SPCR) or a debugger (DBG2), and cards
// on the PCI bus. The first two that answer are used. Microsoft's Serial Port Console Redirection Table, Debug Port
// Table 2; PCI Code and ID Assignment 1.11, class 07h.

using MinusOne.Efi.Metal;
using MinusOne.Efi.Metal.Pci;

namespace MinusOne.Efi.Console;

internal static class SerialPorts
{
    private const uint RedirectionKind = 36;
    private const uint RedirectionAddress = 40;
    private const uint PortsOffset = 36;
    private const uint PortsCount = 40;
    private const uint MostDebugPorts = 16;
    private const ushort SerialDebugPort = 0x8000;
    private const uint SerialClass = 0x0700;
    private const uint DecodesPorts = 1, DecodesMemory = 2;
    private const uint IsWide = 4;

    public static void Find(out SerialPort first, out SerialPort second)
    {
        first = second = default;
        Add(new SerialPort(SerialPort.Com1), ref first, ref second);
        Add(new SerialPort(SerialPort.Com2), ref first, ref second);
        AcpiTable console = MachineTables.Acpi.Find(FirmwareTables.Redirection);
        if (console.IsThere && Is16550(console.Byte(RedirectionKind)))
        {
            Add(PortAt(console, RedirectionAddress), ref first, ref second);
        }

        AddDebugPorts(MachineTables.Acpi.Find(FirmwareTables.DebugPorts), ref first, ref second);
        AddCards(ref first, ref second);
    }

    private static void Add(in SerialPort port, ref SerialPort first, ref SerialPort second)
    {
        if (second.IsThere || port.IsSame(first) || !port.Exists())
        {
            return;
        }

        if (first.IsThere)
        {
            second = port;
        }
        else
        {
            first = port;
        }
    }

    // With one register a byte, and by the width that the address says. Its subset (1) has no FIFO.
    private static bool Is16550(uint kind) => kind is 0 or 0x12;

    private static SerialPort PortAt(in AcpiTable table, uint offset)
    {
        var address = new AcpiAddress(table, offset);
        byte stride = (byte)(table.Byte(offset + 1) / 8);
        return address.IsPort ? new SerialPort(address.Value, hasOwnRate: true)
            : address.IsMemory && MachineTables.Acpi.IsDevice(address.Value)
                ? new SerialPort(address.Value, stride == 0 ? (byte)1 : stride, hasOwnRate: true)
            : default;
    }

    // A list of devices: revision, length, ..., type, subtype, ..., where in it its addresses are.
    private static void AddDebugPorts(in AcpiTable table, ref SerialPort first, ref SerialPort second)
    {
        uint offset = table.Dword(PortsOffset);
        uint count = table.Dword(PortsCount);
        for (uint i = 0; i < count && i < MostDebugPorts; i++)
        {
            uint length = table.Word(offset + 1);
            if (table.Word(offset + 12) == SerialDebugPort && Is16550(table.Word(offset + 14)))
            {
                Add(PortAt(table, offset + table.Word(offset + 18)), ref first, ref second);
            }

            if (length == 0)
            {
                break;
            }

            offset += length;
        }
    }

    // Their first address; those that firmware has switched on.
    private static void AddCards(ref SerialPort first, ref SerialPort second)
    {
        var walk = new PciWalk();
        while (!second.IsThere && walk.MoveNext())
        {
            PciFunctionAddress card = walk.Current;
            uint bar = card.Read(PciRegister.Bar0);
            bool isPort = (bar & 1) != 0;
            if (walk.IsBridge || card.Read(PciRegister.Class) >> 16 != SerialClass
                || (card.Read(PciRegister.Command) & (isPort ? DecodesPorts : DecodesMemory)) == 0)
            {
                continue;
            }

            if (!isPort && (bar & IsWide) != 0 && card.Read(PciRegister.Bar0 + sizeof(uint)) != 0)
            {
                continue; // above 4 GiB
            }

            Add(isPort ? new SerialPort(bar & 0xFFFC) : new SerialPort(bar & ~0xFu, stride: 1), ref first, ref second);
        }
    }
}
