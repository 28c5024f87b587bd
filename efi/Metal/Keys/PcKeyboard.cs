// The keyboard behind the controller of a PC, or behind what firmware puts in its place for a USB one, asked for bytes
// now and then: nothing interrupts the host. Intel 8042 data sheet; IBM PS/2 technical reference, keyboard and
// auxiliary device controller.

namespace MinusOne.Efi.Metal.Keys;

internal struct PcKeyboard
{
    private const ushort Data = 0x60;
    private const ushort Status = 0x64;
    private const byte ReadConfiguration = 0x20, WriteConfiguration = 0x60;
    private const byte DisableMouse = 0xA7, DisablePort = 0xAD, EnablePort = 0xAE;
    private const byte EnableScanning = 0xF4;
    private const byte HasByte = 0x01, IsBusy = 0x02, IsOfMouse = 0x20;

    // Bits of the configuration: no interrupts, the mouse's clock off and the keyboard's on, codes translated to set 1.
    private const byte Interrupts = 0x03, ClockOff = 0x10, MouseOff = 0x20, Translated = 0x40;

    // A controller holds a few; one that always has another is none.
    private const int MostWaiting = 64;

    // To make it ready takes at most so many parts of a second, and so does waiting for the keyboard's answer.
    private const ulong Patience = 10;

    // Looking costs an exit to firmware where firmware stands for the controller.
    private const ulong LooksPerSecond = 250;

    private ScanCodes _codes;
    private ulong _next;
    private ulong _pause;
    private ulong _until;

    public bool IsThere { get; private set; }

    // Firmware leaves it in any state. Nothing is typed between the question for its configuration and the answer.
    public void Open(ulong tscHertz)
    {
        _pause = tscHertz / LooksPerSecond;
        _until = Cpu.ReadTsc() + (tscHertz / Patience);
        IsThere = Cpu.In8(Status) != 0xFF && TrySend(Status, DisablePort) && TrySend(Status, DisableMouse) && Drain()
            && TrySend(Status, ReadConfiguration) && TryReceive(out byte configuration)
            && TrySend(Status, WriteConfiguration)
            && TrySend(Data, (byte)((configuration & ~(Interrupts | ClockOff)) | MouseOff | Translated))
            && TrySend(Status, EnablePort) && TrySend(Data, EnableScanning);

        // Its acknowledgement.
        _until = Cpu.ReadTsc() + (tscHertz / Patience);
        IsThere = IsThere && (!TryReceive(out _) || Drain());
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
        int count = 0;
        for (; count < MostWaiting && TryTake(out byte value, out bool isOfMouse); count++)
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

        IsThere = count < MostWaiting;
    }

    // What was typed before there was anything to read. False: it always has another.
    private static bool Drain()
    {
        int count = 0;
        while (count < MostWaiting && TryTake(out _, out _))
        {
            count++;
        }

        return count < MostWaiting;
    }

    private static bool TryTake(out byte value, out bool isOfMouse)
    {
        byte status = Cpu.In8(Status);
        bool isThere = status != 0xFF && (status & HasByte) != 0;
        isOfMouse = (status & IsOfMouse) != 0;
        value = isThere ? Cpu.In8(Data) : (byte)0;
        return isThere;
    }

    private readonly bool TryReceive(out byte value)
    {
        do
        {
            if (TryTake(out value, out bool isOfMouse) && !isOfMouse)
            {
                return true;
            }

            Cpu.Pause();
        }
        while (Cpu.ReadTsc() < _until);
        return false;
    }

    private readonly bool TrySend(ushort port, byte value)
    {
        do
        {
            if ((Cpu.In8(Status) & IsBusy) == 0)
            {
                Cpu.Out8(port, value);
                return true;
            }

            Cpu.Pause();
        }
        while (Cpu.ReadTsc() < _until);
        return false;
    }
}
