// Power-off and restart: the ports of QEMU's ACPI and of its exit device, the keyboard controller's and the chipset's
// reset.

using MinusOne.Guests.Kernel.Machine;

namespace MinusOne.Guests.Kernel.Devices;

internal static class Power
{
    public static void Off()
    {
        Cpu.Out16(0x604, 0x2000);
        Cpu.Out8(0x501, 0);
        Stop();
    }

    public static void Restart()
    {
        Cpu.Out8(0x64, 0xFE);
        Cpu.Out8(0xCF9, 6);
        Stop();
    }

    // Interrupts are off: it stays that way.
    public static void Stop()
    {
        while (true)
        {
            Cpu.Stop();
        }
    }
}
