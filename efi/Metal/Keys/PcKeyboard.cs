// The keyboard behind the controller of a PC, or behind what firmware puts in its place for a USB one, asked for bytes
// now and then: nothing interrupts the host. Intel 8042 data sheet; IBM PS/2 technical reference, keyboard and
// auxiliary device controller.

namespace MinusOne.Efi.Metal.Keys;

internal struct PcKeyboard
{
    private const ushort Data = 0x60;
    private const ushort Status = 0x64;
    private const byte ReadConfiguration = 0x20, WriteConfiguration = 0x60, EnablePort = 0xAE, DisableMouse = 0xA7;
    private const byte EnableScanning = 0xF4;
    private const byte HasByte = 0x01, IsBusy = 0x02, IsOfMouse = 0x20;

    // Of the configuration: no interrupts, the keyboard's clock runs, its codes are translated to set 1.
    private const byte Interrupts = 0x03, ClockOff = 0x10, Translated = 0x40;

    // A controller holds a few; one that always has another is none.
    private const int MostWaiting = 64;
    private const int MostPolls = 20_000;

    // Looking costs an exit to firmware where firmware stands for the controller.
    private const ulong LooksPerSecond = 250;

    private ScanCodes _codes;
    private ulong _next;
    private ulong _pause;

    public bool IsThere { get; private set; }

    // Firmware leaves it in any state.
    public void Open(ulong tscHertz)
    {
        _pause = tscHertz / LooksPerSecond;
        IsThere = Cpu.In8(Status) != 0xFF && TrySend(Status, DisableMouse) && TrySend(Status, EnablePort);
        Drain();
        if (!IsThere || !TrySend(Status, ReadConfiguration) || !TryReceive(out byte configuration))
        {
            return;
        }

        configuration = (byte)((configuration & ~(Interrupts | ClockOff)) | Translated);
        IsThere = TrySend(Status, WriteConfiguration) && TrySend(Data, configuration) && TrySend(Data, EnableScanning);

        // Its acknowledgement, and what was typed before there was anything to read.
        TryReceive(out _);
        Drain();
    }

    // What has been typed since, as keys.
    public void Poll(ref KeyTyping typing)
    {
        ulong now = Cpu.ReadTsc();
        if (!IsThere || now < _next)
        {
            return;
        }

        _next = now + _pause;
        for (int i = 0; i < MostWaiting && TryTake(out byte value, out bool isOfMouse); i++)
        {
            byte usage = isOfMouse ? (byte)0 : _codes.Take(value);
            if (usage != 0 && (value & ScanCodes.Released) != 0)
            {
                typing.Release(usage);
            }
            else if (usage != 0)
            {
                typing.Press(usage);
            }
        }
    }

    private static void Drain()
    {
        for (int i = 0; i < MostWaiting && TryTake(out _, out _); i++)
        {
            // Nobody's.
        }
    }

    private static bool TryTake(out byte value, out bool isOfMouse)
    {
        byte status = Cpu.In8(Status);
        bool isThere = status != 0xFF && (status & HasByte) != 0;
        isOfMouse = (status & IsOfMouse) != 0;
        value = isThere ? Cpu.In8(Data) : (byte)0;
        return isThere;
    }

    private static bool TryReceive(out byte value)
    {
        value = 0;
        for (int polls = 0; polls < MostPolls; polls++)
        {
            if (TryTake(out value, out bool isOfMouse) && !isOfMouse)
            {
                return true;
            }

            Cpu.Pause();
        }

        return false;
    }

    private static bool TrySend(ushort port, byte value)
    {
        for (int polls = 0; polls < MostPolls; polls++)
        {
            if ((Cpu.In8(Status) & IsBusy) == 0)
            {
                Cpu.Out8(port, value);
                return true;
            }

            Cpu.Pause();
        }

        return false;
    }
}
