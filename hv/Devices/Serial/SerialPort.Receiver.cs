// The receiver of the 16550A: one byte, or a FIFO of 16 with a trigger level and a time-out for what stays below it.
// PC16550D data sheet, 8.4 Line Status Register, 8.11 FIFO Interrupt Mode Operation. An error shows once its character
// is next to be read, and stays until the line status has been read.
namespace MinusOne.Hv.Devices.Serial;

internal unsafe partial struct SerialPort
{
    public const byte Break = 0x10;
    private const int Depth = 16;
    private const byte DataReady = 0x01;
    private const byte Overrun = 0x02;
    private const byte TransmitterIdle = 0x60;
    private const byte ErrorInFifo = 0x80;

    // 16 clocks of 1,843,200 Hz a bit, counted in units of 10 ns: 100,000,000 / 115,200.
    private const ulong BitUnits = 15625;
    private const ulong BitDivisor = 18;
    private const ulong TimeOutCharacters = 4;

    // How many characters find a place. None in loopback: the line is cut.
    public readonly int Room => IsLooped ? 0 : (HasFifo ? Depth : 1) - _count;
    public readonly bool IsEmpty => _count == 0;

    // The guest will be interrupted by what it receives: it need not be waited for until it looks.
    public readonly bool IsListening => (_interruptEnable & ReceiverEnabled) != 0;

    // It knows where its characters lie.
    public readonly bool IsSound => _head < Depth && _count <= Depth && _faulty <= Depth;

    // When a FIFO that holds less than its trigger level will say so.
    public readonly ulong Deadline =>
        IsListening && HasFifo && _count != 0 && _count < Trigger && !_isTimedOut ? _touched + TimeOut : ulong.MaxValue;

    // A character from the line: with `errors`, as the line status has them.
    public void Receive(byte value, byte errors, ulong now)
    {
        if (!IsLooped)
        {
            Put((ushort)(value | (errors << 8)), now);
        }
    }

    public void Elapse(ulong now) => _isTimedOut |= HasFifo && _count != 0 && now >= _touched + TimeOut;

    private readonly int Trigger => HasFifo ? (_fifoControl >> 6) switch { 0 => 1, 1 => 4, 2 => 8, _ => 14 } : 1;

    // Start bit, word, parity, stop bits. A divisor that nobody has set is the smallest.
    private readonly ulong TimeOut
    {
        get
        {
            ulong divisor = (ulong)Math.Max(1, _divisorLow | (_divisorHigh << 8));
            int bits = 7 + (_lineControl & 3) + ((_lineControl >> 3) & 1) + ((_lineControl >> 2) & 1);
            return TimeOutCharacters * (ulong)bits * divisor * BitUnits / BitDivisor;
        }
    }

    private void Put(ushort character, ulong now)
    {
        _touched = now;
        if (_count == (HasFifo ? Depth : 1))
        {
            // A full FIFO keeps what it has; without one the newer character replaces the older.
            _errors |= Overrun;
            if (!HasFifo)
            {
                _fifo[_head] = character;
                _errors |= (byte)(character >> 8);
            }

            return;
        }

        _fifo[(_head + _count) & (Depth - 1)] = character;
        _faulty += (byte)(character > byte.MaxValue ? 1 : 0);
        if (_count++ == 0)
        {
            Reveal();
        }
    }

    private byte TakeReceived(ulong now)
    {
        if (_count == 0)
        {
            return 0;
        }

        byte value = (byte)_fifo[_head];
        _head = (byte)((_head + 1) & (Depth - 1));
        _count--;
        _touched = now;
        _isTimedOut = false;
        Reveal();
        return value;
    }

    private byte ReadLineStatus()
    {
        byte status = (byte)(TransmitterIdle | _errors | (_count != 0 ? DataReady : 0));
        if (HasFifo && (_faulty != 0 || (_errors & ~Overrun) != 0))
        {
            status |= ErrorInFifo;
        }

        _errors = 0;
        return status;
    }

    // What is wrong with the character that is next.
    private void Reveal()
    {
        if (_count != 0 && _fifo[_head] > byte.MaxValue)
        {
            _errors |= (byte)(_fifo[_head] >> 8);
            _faulty--;
        }
    }

    private void Empty()
    {
        _count = 0;
        _faulty = 0;
        _isTimedOut = false;
    }
}
