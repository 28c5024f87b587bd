// A 16550-compatible serial port, polled, at ports or in memory. National Semiconductor PC16550D data sheet, 8. Without
// interrupts: what is written goes out as fast as the line takes it, what is typed waits in the FIFO and, behind that,
// for RTS.
namespace MinusOne.Efi.Console;

internal readonly unsafe struct SerialPort
{
    public const ushort Com1 = 0x3F8;
    public const ushort Com2 = 0x2F8;

    private const ushort DivisorLow = 0;
    private const ushort InterruptEnable = 1;
    private const ushort FifoControl = 2;
    private const ushort InterruptIdentification = 2;
    private const ushort LineControl = 3;
    private const ushort ModemControl = 4;
    private const ushort LineStatus = 5;
    private const ushort Scratch = 7;

    private const byte HasFifo = 0xC0;
    private const byte DataReady = 0x01;
    private const byte TransmitterReady = 0x20;
    private const byte TransmitterIdle = 0x40;

    // A port that never becomes ready must not hold up the machine: it is given up after this many polls.
    private const int MostPolls = 1_000_000;

    // With the distance of its registers in memory; 0 at ports.
    private readonly ulong _base;
    private readonly byte _stride;
    private readonly bool _hasOwnRate;

    // One that has its own rate keeps it: firmware has set it, and knows the clock.
    public SerialPort(ulong address, byte stride = 0, bool hasOwnRate = false)
    {
        _base = address;
        _stride = stride;
        _hasOwnRate = hasOwnRate;
    }

    public bool IsThere => _base != 0;

    public ulong Address => _base;

    public bool IsSame(in SerialPort other) => _base == other._base && _stride == other._stride;

    // Reads give all ones if there is no chip.
    public bool Exists()
    {
        if (!IsThere)
        {
            return false;
        }

        Write(Scratch, 0x5A);
        if (Read(Scratch) != 0x5A)
        {
            return false;
        }

        Write(Scratch, 0xA5);
        return Read(Scratch) == 0xA5;
    }

    // 115,200 baud, 8 bits, no parity, FIFOs on and empty, no interrupts. With a trigger level of 14 Bochs hands on as
    // many at once; a real chip shows the first as well.
    public void Configure()
    {
        Write(InterruptEnable, 0);
        if (!_hasOwnRate)
        {
            Write(LineControl, 0x80);
            Write(DivisorLow, 1);
            Write(InterruptEnable, 0);
            Write(LineControl, 0x03);
        }

        Write(FifoControl, 0xC7);
        Write(ModemControl, 0x03);
    }

    // How many bytes a ready transmitter takes: all that its FIFO holds, if there is one and it works.
    public int Room => (Read(InterruptIdentification) & HasFifo) == HasFifo ? 16 : 1;

    public bool IsReady => (Read(LineStatus) & TransmitterReady) != 0;

    // False: it takes nothing, and never will.
    public bool WaitReady()
    {
        int polls = 0;
        while (polls < MostPolls && !IsReady)
        {
            polls++;
        }

        return polls < MostPolls;
    }

    // Without a look whether there is room: a ready transmitter takes as many as its FIFO holds.
    public void Put(byte value) => Write(0, value);

    // RTS: whether the other end may send. Emulators do not look at it, but read from their side only what we have room
    // for.
    public void HoldInput(bool hold) => Write(ModemControl, (byte)(hold ? 0x01 : 0x03));

    public bool TryReceive(out byte value)
    {
        value = 0;
        if ((Read(LineStatus) & DataReady) == 0)
        {
            return false;
        }

        value = Read(0);
        return true;
    }

    // Until the last bit has left: power must not go off before.
    public void Drain()
    {
        for (int polls = 0; IsThere && polls < MostPolls && (Read(LineStatus) & TransmitterIdle) == 0; polls++)
        {
            Cpu.Pause();
        }
    }

    private byte Read(ushort register) => _stride == 0
        ? Cpu.In8((ushort)(_base + register))
        : System.Threading.Volatile.Read(ref *(byte*)(_base + ((ulong)register * _stride)));

    private void Write(ushort register, byte value)
    {
        if (_stride == 0)
        {
            Cpu.Out8((ushort)(_base + register), value);
        }
        else
        {
            System.Threading.Volatile.Write(ref *(byte*)(_base + ((ulong)register * _stride)), value);
        }
    }
}
