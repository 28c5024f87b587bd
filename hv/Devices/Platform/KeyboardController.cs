// An 8042 with nothing plugged in: it passes its self-test, keeps its command byte, and has a hand on the processor's
// reset and on address line 20, which is open for good. What is sent to a keyboard is answered as a line is that nobody
// holds: resend, with the time-out bit. Intel UPI-42 manual, IBM PC/AT Technical Reference 1-38 (8042). No second port.
namespace MinusOne.Hv.Devices.Platform;

internal unsafe struct KeyboardController
{
    private const int Line = 1;
    private const ushort Data = 0x60;
    private const ushort Command = 0x64;

    // Bits of the status: a byte waits, the last write was a command, the lock is open, the keyboard has not answered.
    private const byte OutputFull = 0x01;
    private const byte WasCommand = 0x08;
    private const byte Unlocked = 0x10;
    private const byte TimedOut = 0x40;

    // Bits of the command byte: an interrupt for what arrives, the self-test was passed, the ports are off.
    private const byte Interrupts = 0x01;
    private const byte Tested = 0x04;
    private const byte KeyboardOff = 0x10;
    private const byte SecondOff = 0x20;

    private const byte Resend = 0xFE;
    private const byte OutputPort = 0xDF;

    private byte _mode;
    private byte _status;
    private byte _output;

    // The command whose byte is to come.
    private byte _pending;

    public static void Plug(Board* board)
    {
        board->Keyboard = new KeyboardController { _mode = Tested | SecondOff };
        var port = new BusRange { Owner = board, Widest = 1, Read = &Read, Write = &Write };
        board->Bus->Ports.TryAdd(Data, 1, port);
        board->Bus->Ports.TryAdd(Command, 1, port, Command);
    }

    private static ulong Read(void* owner, uint offset, int bytes)
    {
        var board = (Board*)owner;
        ref KeyboardController chip = ref board->Keyboard;
        if (offset == Command)
        {
            return (uint)(chip._status | Unlocked | (chip._mode & Tested));
        }

        chip._status &= WasCommand;
        chip.Follow(board);
        return chip._output;
    }

    private static void Write(void* owner, uint offset, int bytes, ulong value)
    {
        var board = (Board*)owner;
        ref KeyboardController chip = ref board->Keyboard;
        bool resets = offset == Command ? chip.Obey((byte)value) : chip.Take((byte)value);
        if (resets)
        {
            board->End(GuestEnd.Reset);
        }

        chip.Follow(board);
    }

    // True: the processor is reset. Commands F0h to FFh pulse the low bits of the output port that are 0 in them.
    private bool Obey(byte command)
    {
        _pending = 0;
        _status |= WasCommand;
        switch (command)
        {
            case 0x20: Answer(_mode); break;
            case > 0x20 and < 0x40: Answer(0); break;
            case 0x60 or 0xD1 or 0xD2 or 0xD3 or 0xD4: _pending = command; break;
            case 0xA7: _mode |= SecondOff; break;
            case 0xA8: _mode &= unchecked((byte)~SecondOff); break;
            case 0xA9: Answer(0xFF); break;
            case 0xAA:
                _mode |= Tested;
                Answer(0x55);
                break;
            case 0xAB: Answer(0); break;
            case 0xAD: _mode |= KeyboardOff; break;
            case 0xAE: _mode &= unchecked((byte)~KeyboardOff); break;
            case 0xC0: Answer(0xBF); break;
            case 0xD0: Answer(OutputPort); break;
            case >= 0xF0: return (command & 1) == 0;
        }

        return false;
    }

    private bool Take(byte value)
    {
        byte command = _pending;
        _pending = 0;
        _status &= unchecked((byte)~WasCommand);
        switch (command)
        {
            case 0x60: _mode = (byte)(value & 0x7F); break;
            case 0xD1: return (value & 1) == 0;
            case 0xD2: Answer(value); break;
            case 0xD3: break;
            default:
                Answer(Resend);
                _status |= TimedOut;
                break;
        }

        return false;
    }

    private void Answer(byte value)
    {
        _output = value;
        _status |= OutputFull;
    }

    private readonly void Follow(Board* board) => InterruptRouting.SetLine(
        board, Line, (_status & OutputFull) != 0 && (_mode & Interrupts) != 0);
}
