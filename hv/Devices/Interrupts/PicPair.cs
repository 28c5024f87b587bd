// The two 8259A of a PC: inputs 0-7 at the master, 8-15 at the slave, whose INT pin is the master's input 2. ISA System
// Architecture and ICH data sheets, 8259 Interrupt Controllers. The board shows them at 0x20, 0xA0 and 0x4D0; here they
// are six registers in that order.
namespace MinusOne.Hv.Devices.Interrupts;

internal struct PicPair
{
    public const uint Slave = 2;
    public const uint EdgeLevel = 4;
    private const int Cascade = 2;

    // The timer, the keyboard, the cascade, the clock and the coprocessor are edges for ever.
    private const byte MasterLevels = 0xF8;
    private const byte SlaveLevels = 0xDE;

    private Pic _master;
    private Pic _slave;

    // INTR of the processor.
    public readonly bool Interrupt => _master.Interrupt;

    public void SetLine(int irq, bool isHigh)
    {
        if (irq >= 8)
        {
            _slave.SetLine(irq & 7, isHigh);
            PassOn();
        }
        else if (irq != Cascade)
        {
            _master.SetLine(irq, isHigh);
        }
    }

    // The vector. A request that is gone by now gives the chip's vector 7, and nothing goes into service there.
    public byte Acknowledge()
    {
        int input = _master.Accept();
        if (input != Cascade || !_master.HasSlave(Cascade))
        {
            return _master.Vector(input < 0 ? 7 : input);
        }

        int slaveInput = _slave.Accept();
        Renew();
        return _slave.Vector(slaveInput < 0 ? 7 : slaveInput);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte Read(uint offset) =>
        offset < Slave ? _master.Read(offset)
        : offset < EdgeLevel ? ReadSlave(offset & 1)
        : offset == EdgeLevel ? _master.Levels
        : _slave.Levels;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(uint offset, byte value)
    {
        if (offset < Slave)
        {
            _master.Write(offset, value);
            return;
        }

        switch (offset)
        {
            case Slave or Slave + 1: _slave.Write(offset & 1, value); break;
            case EdgeLevel: _master.SetLevels((byte)(value & MasterLevels)); return;
            default: _slave.SetLevels((byte)(value & SlaveLevels)); break;
        }

        PassOn();
    }

    private byte ReadSlave(uint offset)
    {
        bool isPolled = _slave.IsPolled;
        byte value = _slave.Read(offset);
        if (isPolled)
        {
            Renew();
        }

        return value;
    }

    private void PassOn() => _master.SetLine(Cascade, _slave.Interrupt);

    // An acknowledge takes the pin down; it rises again, as an edge, if there is more.
    private void Renew()
    {
        _master.SetLine(Cascade, false);
        PassOn();
    }
}

// A guest's accesses to its interrupt controllers on the board: the 8259 pair by ports, the I/O APIC by memory.
internal static unsafe class PicAccess
{
    public static void Plug(Board* board)
    {
        var pic = new BusRange { Owner = board, Widest = 1, Chip = ShortChip.Pic, Read = &Read, Write = &Write };
        var ioApic = new BusRange { Owner = board, Widest = 4, Read = &ReadIoApic, Write = &WriteIoApic };
        board->Bus->Ports.TryAdd(0x20, 2, pic);
        board->Bus->Ports.TryAdd(0xA0, 2, pic, PicPair.Slave);
        board->Bus->Ports.TryAdd(0x4D0, 2, pic, PicPair.EdgeLevel);
        board->Bus->Memory.TryAdd(0xFEC0_0000, 0x100, ioApic);
    }

    private static ulong Read(void* board, uint offset, int bytes) => InterruptRouting.ReadPic((Board*)board, offset);

    private static void Write(void* board, uint offset, int bytes, ulong value) =>
        InterruptRouting.WritePic((Board*)board, offset, (byte)value);

    private static ulong ReadIoApic(void* board, uint offset, int bytes) => ((Board*)board)->IoApic.Read(offset);

    private static void WriteIoApic(void* board, uint offset, int bytes, ulong value) =>
        InterruptRouting.WriteIoApic((Board*)board, offset, bytes, (uint)value);
}
