// A 16550A: its registers as a guest sees them. PC16550D data sheet, 8.0 Registers. What is sent has left at once, so
// the transmitter is always empty; what is received comes from outside, through Receive (SerialPort.Receiver.cs). On a
// PC the interrupt pin passes a gate that OUT2 opens. Leaves out DMA, the length of words, and breaks that are sent.
namespace MinusOne.Hv.Devices.Serial;

internal unsafe partial struct SerialPort
{
    private const byte DivisorLatch = 0x80;
    private const byte RequestToSend = 0x02;
    private const byte Output2 = 0x08;
    private const byte Loopback = 0x10;

    // Interrupts: what enables them, and how they identify themselves.
    private const byte ReceiverEnabled = 0x01;
    private const byte TransmitterEnabled = 0x02;
    private const byte LineStatusEnabled = 0x04;
    private const byte ModemStatusEnabled = 0x08;
    private const byte LineStatusChanged = 0x06;
    private const byte DataAvailable = 0x04;
    private const byte CharacterTimedOut = 0x0C;
    private const byte TransmitterEmptied = 0x02;
    private const byte ModemStatusChanged = 0x00;
    private const byte NoInterrupt = 0x01;

    private const byte FifoEnabled = 0xC0;

    private const ushort Emptied = 1;
    private const ushort Ever = 0x100;

    // Somebody is at the other end: DCD, DSR and CTS.
    private const byte Connected = 0xB0;
    private const byte RingIndicator = 0x40;

    private byte _interruptEnable;
    private byte _fifoControl;
    private byte _lineControl;
    private byte _modemControl;
    private byte _modemDeltas;
    private byte _scratch;
    private byte _divisorLow;
    private byte _divisorHigh;

    // The transmitter has become empty, or was when its interrupt was enabled, and nobody has been told yet.
    private bool HasEmptied
    {
        readonly get => (_sent & Emptied) != 0;
        set => _sent = (ushort)(value ? _sent | Emptied : _sent & ~Emptied);
    }

    // And whether anything has ever left: both are set at once, for that is what every byte pays for.
    private ushort _sent;

    // The receiver's: a character in the low byte, what was wrong with it in the high one.
    private fixed ushort _fifo[Depth];
    private byte _head;
    private byte _count;

    // How many in the FIFO have errors that do not show yet, and the errors that do.
    private byte _faulty;
    private byte _errors;

    // When the FIFO last got or gave a character, and whether that is too long ago.
    private ulong _touched;
    private bool _isTimedOut;

    // The level of IRQ 4.
    public readonly bool Interrupt => (_modemControl & Output2) != 0 && Identification != NoInterrupt;
    public readonly bool CanInterrupt => _interruptEnable != 0;
    private readonly bool IsLatchOpen => (_lineControl & DivisorLatch) != 0;
    private readonly bool IsLooped => (_modemControl & Loopback) != 0;
    private readonly bool HasFifo => (_fifoControl & 1) != 0;

    public byte Read(uint offset, ulong now)
    {
        switch (offset)
        {
            case 0: return IsLatchOpen ? _divisorLow : TakeReceived(now);
            case 1: return IsLatchOpen ? _divisorHigh : _interruptEnable;
            case 2: return ReadIdentification(now);
            case 3: return _lineControl;
            case 4: return _modemControl;
            case 5: return ReadLineStatus();
            case 6: return ReadModemStatus();
            default: return _scratch;
        }
    }

    // True: the byte leaves.
    public bool Write(uint offset, byte value, ulong now)
    {
        if (offset == 0)
        {
            return WriteData(value, now);
        }

        WriteControl(offset, value);
        return false;
    }

    // Writes one of the other registers.
    public void WriteControl(uint offset, byte value)
    {
        switch (offset)
        {
            case 1: WriteInterruptEnable(value); break;
            case 2: WriteFifoControl(value); break;
            case 3: _lineControl = value; break;
            case 4: WriteModemControl(value); break;
            case 7: _scratch = value; break;
        }
    }

    // A write of the first register would leave.
    public readonly bool IsOpen => !IsLatchOpen && !IsLooped;

    // What is written fills the transmitter, and that takes back what it has asked for.
    public void Fill() => HasEmptied &= IsLatchOpen;

    // It has left.
    public void NoteSent() => _sent = Emptied | Ever;
    public readonly bool HasSent => (_sent & Ever) != 0;

    // The highest of those that are due.
    private readonly byte Identification =>
        (_interruptEnable & LineStatusEnabled) != 0 && _errors != 0 ? LineStatusChanged
        : (_interruptEnable & ReceiverEnabled) != 0 && _count >= Trigger ? DataAvailable
        : (_interruptEnable & ReceiverEnabled) != 0 && _isTimedOut ? CharacterTimedOut
        : (_interruptEnable & TransmitterEnabled) != 0 && HasEmptied ? TransmitterEmptied
        : (_interruptEnable & ModemStatusEnabled) != 0 && _modemDeltas != 0 ? ModemStatusChanged
        : NoInterrupt;

    // In loopback the four outputs come back as the four inputs: RTS as CTS, DTR as DSR, OUT1 as RI, OUT2 as DCD.
    private readonly byte ModemInputs => !IsLooped ? Connected
        : (byte)(((_modemControl & RequestToSend) << 3) | ((_modemControl & 1) << 5) | ((_modemControl & 0xC) << 4));

    // A guest that was told that the transmitter is empty is not told again.
    private byte ReadIdentification(ulong now)
    {
        Elapse(now);
        byte identification = Identification;
        HasEmptied &= identification != TransmitterEmptied;
        return (byte)(identification | (HasFifo ? FifoEnabled : 0));
    }

    private byte ReadModemStatus()
    {
        byte status = (byte)(ModemInputs | _modemDeltas);
        _modemDeltas = 0;
        return status;
    }

    private bool WriteData(byte value, ulong now)
    {
        if (IsLatchOpen)
        {
            _divisorLow = value;
            return false;
        }

        if (IsLooped)
        {
            HasEmptied = true;
            Put(value, now);
            return false;
        }

        NoteSent();
        return true;
    }

    private void WriteInterruptEnable(byte value)
    {
        if (IsLatchOpen)
        {
            _divisorHigh = value;
            return;
        }

        HasEmptied |= (value & ~_interruptEnable & TransmitterEnabled) != 0;
        _interruptEnable = (byte)(value & 0xF);
    }

    // The other bits count only together with the first. Turning FIFOs on or off empties them.
    private void WriteFifoControl(byte value)
    {
        if (((value ^ _fifoControl) & 1) != 0 || (value & 3) == 3)
        {
            Empty();
        }

        _fifoControl = (value & 1) != 0 ? value : (byte)0;
    }

    private void WriteModemControl(byte value)
    {
        byte before = ModemInputs;
        _modemControl = (byte)(value & 0x1F);
        int changed = before ^ ModemInputs;

        // Only the end of the ring indicator counts.
        _modemDeltas |= (byte)((changed & (before | ~RingIndicator)) >> 4);
    }
}
