// A 16550-compatible serial port, polled. National Semiconductor PC16550D data sheet, 8. Without interrupts and flow control:
// what is written goes out as fast as the line takes it, what is typed waits in the port's FIFO.

using MinusOne.Hv;

namespace MinusOne.Efi.Console;

internal readonly struct SerialPort
{
    public const ushort Com1 = 0x3F8;
    public const ushort Com2 = 0x2F8;

    private const ushort DivisorLow = 0;
    private const ushort InterruptEnable = 1;
    private const ushort FifoControl = 2;
    private const ushort LineControl = 3;
    private const ushort ModemControl = 4;
    private const ushort LineStatus = 5;
    private const ushort Scratch = 7;

    private const byte DataReady = 0x01;
    private const byte TransmitterReady = 0x20;
    private const byte TransmitterIdle = 0x40;

    // A port that never becomes ready must not hold up the machine: after this many polls the byte is dropped.
    private const int MostPolls = 1_000_000;

    private readonly ushort _base;

    public SerialPort(ushort port)
    {
        _base = port;
    }

    // Where there is no chip, reads give all ones.
    public bool Exists()
    {
        Write(Scratch, 0x5A);
        if (Read(Scratch) != 0x5A)
        {
            return false;
        }

        Write(Scratch, 0xA5);
        return Read(Scratch) == 0xA5;
    }

    // 115,200 baud, 8 bits, no parity, FIFOs on and empty, no interrupts.
    public void Configure()
    {
        Write(InterruptEnable, 0);
        Write(LineControl, 0x80);
        Write(DivisorLow, 1);
        Write(InterruptEnable, 0);
        Write(LineControl, 0x03);
        Write(FifoControl, 0x07);
        Write(ModemControl, 0x03);
    }

    public void Send(byte value)
    {
        for (int polls = 0; (Read(LineStatus) & TransmitterReady) == 0; polls++)
        {
            if (polls == MostPolls)
            {
                return;
            }
        }

        Cpu.Out8(_base, value);
    }

    public bool TryReceive(out byte value)
    {
        value = 0;
        if ((Read(LineStatus) & DataReady) == 0)
        {
            return false;
        }

        value = Cpu.In8(_base);
        return true;
    }

    // Until the last bit has left: power must not go off before.
    public void Drain()
    {
        for (int polls = 0; polls < MostPolls && (Read(LineStatus) & TransmitterIdle) == 0; polls++)
        {
            Cpu.Pause();
        }
    }

    private byte Read(ushort register) => Cpu.In8((ushort)(_base + register));

    private void Write(ushort register, byte value) => Cpu.Out8((ushort)(_base + register), value);
}
