// The end of the machine. Firmware's ResetSystem is the one service that outlives our departure; it runs under page
// tables that show it everything, because it expects its memory writable and may use its own devices. What does not go
// off stays halted, and says so.

using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Options;

namespace MinusOne.Efi.Host;

internal static unsafe class PowerSwitch
{
    public static void WithFirmware(MachineEnd end)
    {
        if (end != MachineEnd.Halt)
        {
            Services.System->RuntimeServices->ResetSystem(KindOf(end), EfiStatus.Success, 0, null);
        }

        while (true)
        {
            HostCpu.Halt();
        }
    }

    public static void Alone(MachineEnd end)
    {
        Streams.Close();
        if (end != MachineEnd.Halt)
        {
            RuntimeServices* services = Services.System->RuntimeServices;
            HostCpu.CallFirmware(services->ResetSystem, HostTables.FirmwareView.Value, (ulong)KindOf(end), 0);
            Writer.Log.Text("minusone: firmware does not switch the machine off; its button may be used"u8).EndLine();
        }

        while (true)
        {
            HostCpu.DisableInterrupts();
            HostCpu.Halt();
        }
    }

    private static ResetType KindOf(MachineEnd end) =>
        end is MachineEnd.Reboot or MachineEnd.Firmware ? ResetType.Cold : ResetType.Shutdown;
}
