// The ports of a console for a driver that knows of more than one: the console itself, and one whose lines go to the
// hypervisor's log. What there is to say of them goes through two queues of their own, in order, as the driver has
// room. Virtual I/O Device 1.2, 5.3.6.2 Multiport Device Operation.
namespace MinusOne.Hv.Devices.Virtio;

internal unsafe struct ConsolePorts
{
    public const int Count = 2;
    public const int Queues = 2 * (Count + 1);

    // Queues have numbers: each port has two, and two between the first port's and the second's are for messages.
    public const int Announcing = 2, Hearing = 3, Logging = 5;

    private const uint Console = 0, Log = 1;
    private const ushort DeviceReady = 0, Add = 1, Ready = 3, IsConsole = 4, Resize = 5, Open = 6, Name = 7;
    private const int MostBytes = 32;
    private const int LongestLine = 120;

    // What is to be said, in this order.
    private const uint AddConsole = 1, AddLog = 2, NameConsole = 4, SizeConsole = 8, OpenConsole = 16, NameLog = 32,
        OpenLog = 64;

    private uint _owed;
    private int _length;
    private fixed byte _line[LongestLine];

    private static ReadOnlySpan<byte> LogName => "minusone.log\0"u8;

    public readonly bool IsSound => (uint)_length <= LongestLine && _owed <= (OpenLog * 2) - 1;

    public void Forget()
    {
        _owed = 0;
        _length = 0;
    }

    // The driver is there, or has made a port ready. False: that is no message.
    public bool TryHear(VirtioDevice* device)
    {
        Message message;
        if (device->Chain.Readable < (ulong)sizeof(Message)
            || !device->Chain.TryRead(device->Memory, new Span<byte>(&message, sizeof(Message))))
        {
            return false;
        }

        _owed |= (message.Kind, message.Port) switch
        {
            _ when message.Value != 1 => 0,
            (DeviceReady, _) => AddConsole | AddLog,
            (Ready, Console) => NameConsole | OpenConsole | (device->Has(VirtioConsole.HasSize) ? SizeConsole : 0),
            (Ready, Log) => NameLog | OpenLog,
            _ => 0,
        };
        Announce(device);
        return true;
    }

    // Whatever has room.
    public void Announce(VirtioDevice* device)
    {
        Span<byte> room = stackalloc byte[MostBytes];
        while (_owed != 0)
        {
            uint first = _owed & (0 - _owed);
            int length = Compose(device, first, room);
            if (device->Fill(Announcing, room.Slice(0, length)) == 0)
            {
                return;
            }

            _owed &= ~first;
        }
    }

    // A line is told when it is whole.
    public bool HasTold(Board* board, byte value)
    {
        bool isWhole = value == '\n' || _length == LongestLine;
        if (isWhole)
        {
            fixed (byte* line = _line)
            {
                board->Calls->Said(board->Guest, new ReadOnlySpan<byte>(line, _length));
            }

            _length = 0;
        }

        if (value is not ((byte)'\n' or (byte)'\r'))
        {
            _line[_length++] = value is >= 0x20 and < 0x7F ? value : (byte)'.';
        }

        return isWhole;
    }

    private static int Compose(VirtioDevice* device, uint what, Span<byte> room)
    {
        (uint port, ushort kind) = what switch
        {
            AddConsole => (Console, Add),
            AddLog => (Log, Add),
            NameConsole => (Console, IsConsole),
            SizeConsole => (Console, Resize),
            OpenConsole => (Console, Open),
            NameLog => (Log, Name),
            _ => (Log, Open),
        };
        ReadOnlySpan<byte> more = what switch
        {
            SizeConsole => new ReadOnlySpan<byte>(device->Configuration, 4),
            NameLog => LogName,
            _ => default,
        };
        var message = new Message { Port = port, Kind = kind, Value = 1 };
        new ReadOnlySpan<byte>(&message, sizeof(Message)).CopyTo(room);
        more.CopyTo(room.Slice(sizeof(Message)));
        return sizeof(Message) + more.Length;
    }

    private struct Message
    {
        public uint Port;
        public ushort Kind;
        public ushort Value;
    }
}
