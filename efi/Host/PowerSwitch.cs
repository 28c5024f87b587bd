// The end of the machine. Firmware's ResetSystem is the one service that outlives our departure; it runs under page
// tables that show it everything, because it expects its memory writable and may use its own devices. What does not go
// off stays halted.

using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Host;

internal static unsafe class PowerSwitch
{
    public static void Off()
    {
        Streams.Close();
        RuntimeServices* services = Services.System->RuntimeServices;
        HostCpu.CallFirmware(services->ResetSystem, HostTables.FirmwareView.Value, (ulong)ResetType.Shutdown, 0);
        while (true)
        {
            HostCpu.DisableInterrupts();
            HostCpu.Halt();
        }
    }
}
