// What firmware has left running is stopped as soon as it has gone, for its memory is about to be somebody else's:
// devices no longer write to memory, nothing interrupts, and the other processors wait for a start-up message. SDM
// 3A 9.4 Multiple-Processor (MP) Initialization.

using MinusOne.Efi.Metal.Clocks;
using MinusOne.Efi.Metal.Pci;

namespace MinusOne.Efi.Metal;

internal static class MachineQuiet
{
    private const uint Version = 1;
    private const uint FirstRedirection = 0x10;
    private const uint Masked = 1 << 16;
    private const uint CommandRegister = 0x300;

    // INIT to all but this one. SDM 3A 12.6.1 Interrupt Command Register (ICR).
    private const uint InitToOthers = 0xC_4500;
    private const ulong ApicEnabled = 1 << 11;

    private static int s_devices;
    private static uint s_processors;
    private static uint s_ioApics;
    private static bool s_hasIommu;

    // Before firmware's memory is touched.
    public static void Make(in FirmwareTables tables, in ProcessorList processors)
    {
        s_devices = PciQuiet.Silence();
        s_hasIommu = tables.Find(FirmwareTables.Dmar).IsThere || tables.Find(FirmwareTables.Ivrs).IsThere;
        HpetCounter.Of(tables).Stop();
        s_processors = (uint)processors.Count + processors.LeftOut;
        var madt = new Madt(tables.Find(FirmwareTables.Madt));
        while (madt.MoveNext())
        {
            if (madt.IsIoApic(out uint address) && tables.IsDevice(address))
            {
                Mask(address);
            }
        }

        if (s_processors > 1 && (Cpu.ReadMsr(Msr.ApicBase) & ApicEnabled) != 0)
        {
            Cpu.WriteApic(CommandRegister, InitToOthers);
        }
    }

    public static void Tell()
    {
        Writer line = Writer.Log.Text("quiet: bus mastering off for "u8).Decimal((ulong)s_devices)
            .Text(" devices, I/O APICs masked: "u8).Decimal(s_ioApics);
        line = s_processors > 1
            ? line.Text(", other processors waiting: "u8).Decimal(s_processors - 1)
            : line;
        line.Text(s_hasIommu
            ? "; the IOMMU is as firmware left it, so nothing else keeps devices out of memory"u8
            : "; no IOMMU keeps devices out of memory"u8).EndLine();
    }

    // All lines of an I/O APIC: select at its address, data 10h behind.
    private static void Mask(ulong address)
    {
        uint last = Register(address, Version) >> 16 & 0xFF;
        for (uint line = 0; line <= last; line++)
        {
            uint register = FirstRedirection + (2 * line);
            uint value = Register(address, register);
            Mmio.Write(address + 0x10, value | Masked);
        }

        s_ioApics++;
    }

    private static uint Register(ulong address, uint register)
    {
        Mmio.Write(address, register);
        return Mmio.Read(address + 0x10);
    }
}
