// Who answers on a guest's bus, and where: the ranges as they stand there now, by the names of what is built into a PC,
// and the functions of the PCI bus by what they are for. Nothing is read of a device that it would notice.
namespace MinusOne.Hv.Console;

internal static unsafe class DeviceList
{
    private const int NameColumn = 32;
    private const int MostLines = 32;

    public static void Devices(ref MonitorCall call)
    {
        Board* board = &call.Vm->Board;
        Ranges(call.Output, board, ref board->Bus->Ports, "  ports "u8, 4);
        Ranges(call.Output, board, ref board->Bus->Memory, "  memory "u8, 8);
        for (int slot = 1; slot < PciLayout.Slots; slot++)
        {
            var device = (VirtioDevice*)board->Pci.At(slot);
            if (device != null)
            {
                call.Line.Text("  PCI slot "u8).Decimal((uint)slot).To(NameColumn).Text(NameOf(device))
                    .Text(", line "u8).Decimal(PciLayout.LineOf(slot, 0))
                    .Text(device->Function.IsMaster ? ", in use"u8 : ", nobody drives it"u8).EndLine();
            }
        }

        if (board->IsPc)
        {
            Lines(call.Line, board->HighLines);
        }

        for (uint i = 0; board->IsPc && i < board->ApicCount; i++)
        {
            call.Line.Text("  local APIC "u8).Decimal(board->At(i)->Id).To(NameColumn)
                .Text(board->At(i)->Mode == ApicMode.X2Apic ? "x2APIC"u8 : "in memory, or off"u8).Text(", base "u8)
                .Hex(board->At(i)->Base).EndLine();
        }
    }

    private static void Ranges(
        Output output, Board* board, ref BusRanges ranges, ReadOnlySpan<byte> kind, int digits)
    {
        for (int i = 0; i < ranges.Count; i++)
        {
            ref readonly BusRange range = ref ranges[i];
            Writer line = new Writer(output).Text(kind).Hex(range.First, digits).Text("-"u8).Hex(range.End, digits)
                .To(NameColumn);
            line.Text(NameOf(board, in range)).EndLine();
        }
    }

    private static void Lines(Writer line, uint high)
    {
        line = line.Text("  lines that are high"u8).To(NameColumn).Text(high == 0 ? "none"u8 : ""u8);
        for (int i = 0; i < MostLines; i++)
        {
            line = (high & (1u << i)) != 0 ? line.Decimal((uint)i).Text(" "u8) : line;
        }

        line.EndLine();
    }

    // What moves is known by who has it, the rest by where it begins.
    public static ReadOnlySpan<byte> NameOf(Board* board, in BusRange range)
    {
        for (int slot = 1; slot < PciLayout.Slots; slot++)
        {
            if (range.Owner == board->Pci.At(slot) && range.Owner != null)
            {
                return NameOf((VirtioDevice*)range.Owner);
            }
        }

        return range.Chip == ShortChip.LocalApic ? "local APIC"u8 : NameOf(range.First);
    }

    private static ReadOnlySpan<byte> NameOf(ulong first) => first switch
    {
        0x20 => "interrupt controller 8259, first"u8,
        0x40 => "timer 8254"u8,
        0x60 or 0x64 => "keyboard controller"u8,
        0x61 => "speaker and timer gate"u8,
        0x70 => "clock and CMOS"u8,
        0x92 => "A20 and reset"u8,
        0xA0 => "interrupt controller 8259, second"u8,
        0xE0 => "test device, latch"u8,
        DebugPort.Bochs or DebugPort.Firmware => "debug port"u8,
        0xF4 => "exit port"u8,
        0x3F8 => "serial port"u8,
        0x4D0 => "edge or level of lines"u8,
        0x600 => "power management, events"u8,
        0x604 => "power management, control"u8,
        0x608 => "power-management timer"u8,
        0x2000 => "test device, lines"u8,
        0xC000 => "a counter to learn from"u8,
        PciLayout.AddressPort => "PCI configuration"u8,
        PciLayout.Configuration => "PCI configuration in memory"u8,
        0xFEB0_0000 => "a page to learn from"u8,
        0xFEC0_0000 => "I/O APIC"u8,
        0xFED0_0000 => "HPET"u8,
        _ => default,
    };

    // By the numbers that virtio gives its devices. Virtio 1.2, 5 Device Types.
    private static ReadOnlySpan<byte> NameOf(VirtioDevice* device) => device->Kind.Type switch
    {
        1 => "virtio network card"u8,
        2 => "virtio disk"u8,
        3 => "virtio console"u8,
        4 => "virtio random numbers"u8,
        5 => "virtio balloon"u8,
        _ => "virtio"u8,
    };
}
