// Whether anybody has pressed a key, once firmware has left: the keyboard controller of a PC, or what stands for one
// where the keyboard is a USB one. Intel 8042 data sheet; IBM PS/2 technical reference, keyboard and auxiliary device
// controller. Which key it was does not matter.
namespace MinusOne.Efi.Host;

internal static class Keyboard
{
    private const ushort Data = 0x60;
    private const ushort Status = 0x64;
    private const byte EnablePort = 0xAE;
    private const byte EnableScanning = 0xF4;
    private const byte HasByte = 0x01;
    private const byte IsBusy = 0x02;
    private const byte IsOfMouse = 0x20;
    private const byte Released = 0x80;

    // A controller holds a few; one that always has another is none.
    private const int MostWaiting = 64;
    private const int MostPolls = 100_000;

    // At most so many ticks of the TSC.
    public static void Wait(ulong ticks)
    {
        // Firmware leaves it in any state.
        Send(Status, EnablePort);
        Send(Data, EnableScanning);
        for (int i = 0; i < MostWaiting && TryTake(out _); i++)
        {
            // Typed before there was anything to read.
        }

        ulong start = Cpu.ReadTsc();
        while (Cpu.ReadTsc() - start < ticks && !(TryTake(out bool isKey) && isKey))
        {
            Cpu.Pause();
        }
    }

    private static void Send(ushort port, byte value)
    {
        for (int polls = 0; polls < MostPolls && (Cpu.In8(Status) & IsBusy) != 0; polls++)
        {
            Cpu.Pause();
        }

        Cpu.Out8(port, value);
    }

    // All ones: there is no controller.
    private static bool TryTake(out bool isKey)
    {
        byte status = Cpu.In8(Status);
        bool hasByte = status != 0xFF && (status & HasByte) != 0;
        isKey = hasByte && (Cpu.In8(Data) & Released) == 0 && (status & IsOfMouse) == 0;
        return hasByte;
    }
}
