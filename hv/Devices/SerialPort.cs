// A 16550 for guests that poll: what they send is printed, what is typed they can read, and the registers behave as far as that
// shows without interrupts. PC16550D data sheet, 8.0 Registers. Leaves out interrupts, FIFO depth and line errors.

using System;

namespace MinusOne.Hv.Devices;

internal struct SerialPort
{
    private const byte DivisorLatch = 0x80;
    private const byte Loopback = 0x10;
    private const byte DataReady = 0x01;
    private const byte TransmitterEmpty = 0x60;
    private const byte NoInterrupt = 0x01;
    private const byte FifoEnabled = 0xC0;

    // Somebody is at the other end: DCD, DSR and CTS.
    private const byte Connected = 0xB0;

    private byte _interruptEnable;
    private byte _fifoControl;
    private byte _lineControl;
    private byte _modemControl;
    private byte _scratch;
    private byte _divisorLow;
    private byte _divisorHigh;
    private byte _received;
    private bool _hasReceived;

    private readonly bool IsLatchOpen => (_lineControl & DivisorLatch) != 0;

    private readonly bool IsLooped => (_modemControl & Loopback) != 0;

    public byte Read(uint offset)
    {
        switch (offset)
        {
            case 0: return IsLatchOpen ? _divisorLow : Receive();
            case 1: return IsLatchOpen ? _divisorHigh : _interruptEnable;
            case 2: return (byte)(NoInterrupt | ((_fifoControl & 1) != 0 ? FifoEnabled : 0));
            case 3: return _lineControl;
            case 4: return _modemControl;
            case 5: return (byte)(TransmitterEmpty | (IsDataReady() ? DataReady : 0));
            case 6: return IsLooped ? LoopedModemStatus : Connected;
            default: return _scratch;
        }
    }

    public void Write(uint offset, byte value)
    {
        switch (offset)
        {
            case 0: WriteData(value); break;
            case 1: (IsLatchOpen ? ref _divisorHigh : ref _interruptEnable) = (byte)(IsLatchOpen ? value : value & 0xF); break;
            case 2: WriteFifoControl(value); break;
            case 3: _lineControl = value; break;
            case 4: _modemControl = (byte)(value & 0x1F); break;
            case 7: _scratch = value; break;
        }
    }

    // The four outputs come back as the four inputs: RTS as CTS, DTR as DSR, OUT1 as RI, OUT2 as DCD.
    private readonly byte LoopedModemStatus =>
        (byte)(((_modemControl & 2) << 3) | ((_modemControl & 1) << 5) | ((_modemControl & 0xC) << 4));

    private void WriteData(byte value)
    {
        if (IsLatchOpen)
        {
            _divisorLow = value;
        }
        else if (IsLooped)
        {
            _received = value;
            _hasReceived = true;
        }
        else
        {
            Host.Write(Output.Console, new ReadOnlySpan<byte>(in value));
        }
    }

    private void WriteFifoControl(byte value)
    {
        _fifoControl = value;
        _hasReceived &= (value & 2) == 0;
    }

    private byte Receive()
    {
        if (!IsDataReady())
        {
            return 0;
        }

        _hasReceived = false;
        return _received;
    }

    private unsafe bool IsDataReady()
    {
        if (!_hasReceived && !IsLooped)
        {
            byte typed;
            _hasReceived = Host.TryRead(&typed);
            _received = _hasReceived ? typed : _received;
        }

        return _hasReceived;
    }
}
