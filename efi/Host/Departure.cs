// Leaving the firmware: its memory map becomes ours, boot services end, interrupts stop, and the machine runs on our
// descriptor tables and page tables. UEFI specification 7.4 EFI_BOOT_SERVICES.ExitBootServices. Runtime services stay
// in memory, for the power switch.

using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Metal;

namespace MinusOne.Efi.Host;

internal static unsafe class Departure
{
    private const int MapPages = 32;
    private const ulong LocalApicEnabled = 1 << 11;
    private const ulong X2ApicEnabled = 1 << 10;
    private const uint LvtTimer = 0x320;
    private const uint LvtMasked = 1 << 16;

    // False: firmware would not let go. After success no boot service may be called.
    public static bool TryLeave(ref Machine machine)
    {
        ulong buffer = 0;
        if (Services.Boot->AllocatePages(
            AllocateType.AnyPages, Firmware.MemoryType.LoaderData, MapPages, &buffer) != EfiStatus.Success)
        {
            return false;
        }

        // Firmware may change its map while it shuts down, and refuses the old key then: ask again, at most a few
        // times.
        for (int attempt = 0; attempt < 4; attempt++)
        {
            ulong size = MapPages * 4096;
            ulong key, stride;
            uint version;
            if (Services.Boot->GetMemoryMap(
                &size, (MemoryDescriptor*)buffer, &key, &stride, &version) != EfiStatus.Success)
            {
                return false;
            }

            Screen.Leave();
            if (Services.Boot->ExitBootServices(Services.Image, key) == EfiStatus.Success)
            {
                HostCpu.DisableInterrupts();
                SilenceInterruptSources();
                MachineQuiet.Make(MachineTables.Acpi, MachineTables.Processors);
                return FirmwareMap.TryRead((byte*)buffer, size, stride, ref machine.Memory);
            }
        }

        return false;
    }

    // Firmware's tick is the local APIC's timer; old hardware has the two 8259s.
    private static void SilenceInterruptSources()
    {
        Cpu.Out8(0x21, 0xFF);
        Cpu.Out8(0xA1, 0xFF);
        ulong apic = Cpu.ReadMsr((uint)Msr.ApicBase);
        if ((apic & X2ApicEnabled) != 0)
        {
            Cpu.WriteMsr((uint)Msr.X2ApicLvtTimer, LvtMasked);
        }
        else if ((apic & LocalApicEnabled) != 0)
        {
            *(uint*)((apic & ~0xFFFUL) + LvtTimer) = LvtMasked;
        }
    }
}
