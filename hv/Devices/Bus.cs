// What lies between a guest's accesses and its devices: the bus owns the addresses. A device registers its ranges of
// ports and memory, and the time at which it wants attention next; it knows offsets, not addresses. One table for each
// of the two address spaces serves both paths of an exit. It lives in a frame of its own.
namespace MinusOne.Hv.Devices;

internal unsafe struct Bus
{
    public const int MostClocks = 8;

    public BusRanges Ports;
    public BusRanges Memory;

    // An index of a short path that leads nowhere.
    public fixed ulong None[BusRanges.Places];

    private ClockArray _clocks;
    private uint _clockCount;

    public void Reset()
    {
        this = default;
        Ports.Last = ushort.MaxValue;
        Memory.Last = PhysicalMap.AddressLimit - 1;
        Memory.PageShift = 12;
        _clockCount = 1;
    }

    // A device that does something by itself. `elapse` brings it up to now, its line included, and answers when it is
    // to be called next. What comes back goes into its ranges: it is called after each of their accesses as well. There
    // is room for more than a board has.
    public byte AddClock(delegate*<Board*, ulong, ulong> elapse)
    {
        _clocks[(int)_clockCount] = new BusClock { Due = ulong.MaxValue, Elapse = elapse };
        return (byte)_clockCount++;
    }

    public readonly ulong DueOf(byte clock) => _clocks[clock].Due;

    public void SetDue(byte clock, ulong due) => _clocks[clock].Due = due;

    public void Elapse(Board* board, byte clock, ulong now) => _clocks[clock].Due = _clocks[clock].Elapse(board, now);

    public void Elapse(Board* board, ulong now)
    {
        for (uint clock = 1; clock < _clockCount; clock++)
        {
            Elapse(board, (byte)clock, now);
        }
    }

    // A device did not get the addresses that it wanted.
    public readonly bool HasRefused => Ports.HasRefused || Memory.HasRefused;

    // The earliest time at which a device wants attention.
    public readonly ulong Due
    {
        get
        {
            ulong due = ulong.MaxValue;
            for (int i = 1; i < _clockCount; i++)
            {
                due = Math.Min(due, _clocks[i].Due);
            }

            return due;
        }
    }

    private struct BusClock
    {
        public ulong Due;
        public delegate*<Board*, ulong, ulong> Elapse;
    }

    // The first is nobody's.
    [InlineArray(MostClocks)]
    private struct ClockArray { private BusClock _first; }
}

// A range of addresses that a device has registered: where it is, how wide an access it takes in one, and the functions
// that do it. The chips that guests use all the time have their own case on the short path of an exit, by direct calls:
// PortExits and DeviceMemoryExits in hv/Exits.
internal enum ShortChip : byte
{
    None,
    Pic,
    Serial,
    Hpet,
    LocalApic,
}

internal unsafe struct BusRange
{
    public ulong First;

    // What the functions are given: the board, or a device that has its state elsewhere.
    public void* Owner;
    public delegate*<void*, uint, int, ulong> Read;
    public delegate*<void*, uint, int, ulong, void> Write;
    public uint Bytes;

    // What the device calls the first address: it may have several ranges.
    public byte Base;

    // Bytes of the widest access that the device takes in one; wider ones come byte by byte.
    public byte Widest;

    // The device's clock, or 0.
    public byte Clock;
    public ShortChip Chip;

    public readonly ulong End => First + (Bytes - 1);

    public readonly bool Takes(ulong address, int bytes) =>
        address - First < Bytes && (uint)(bytes - 1) <= End - address && bytes <= Widest && (bytes & (bytes - 1)) == 0;

    public readonly uint Offset(ulong address) => (uint)(address - First) + Base;
}
