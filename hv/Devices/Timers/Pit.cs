// The 8254 of a PC: three counters, of which the first drives IRQ 0, and port 0x61, which shows and gates the third and
// toggles with the refresh of memory. Intel 82C54 data sheet; ICH data sheet, NMI_SC. Leaves out the speaker.
namespace MinusOne.Hv.Devices.Timers;

internal struct Pit
{
    private const byte Gate = 0x01;
    private const byte Writable = 0x0F;
    private const byte Refresh = 0x10;
    private const byte ThirdOutput = 0x20;

    // The refresh comes every 15 microseconds.
    private const uint RefreshTicks = 18;

    private Channels _channels;
    private byte _systemControl;

    // The complement: a fresh one has none.
    private ulong _noDeadline;

    // The next rise of the first output.
    public readonly ulong Deadline => ~_noDeadline;

    // IRQ 0 is low only where the guest holds the output low until a count is over: rates and squares are pulses, and a
    // pulse that nobody has taken yet is not lost in its low half.
    public readonly bool Interrupt => _channels[0].Mode >= 2 || _channels[0].Output;

    // Whether IRQ 0 has risen since the last time: to be passed on as a fresh edge. Several that nobody took are one.
    public bool TakeEdge() => _channels[0].TakeEdge();

    public void Elapse(ulong now)
    {
        Advance(0, PlatformClock.ToPit(now));
        SetDeadline();
    }

    public byte Read(uint offset, ulong now)
    {
        if (offset >= 3)
        {
            return byte.MaxValue;
        }

        Advance((int)offset, PlatformClock.ToPit(now));
        return _channels[(int)offset].Read();
    }

    public void Write(uint offset, byte value, ulong now)
    {
        ulong tick = PlatformClock.ToPit(now);
        if (offset < 3)
        {
            Advance((int)offset, tick);
            _channels[(int)offset].Write(value);
        }
        else
        {
            WriteControl(value, tick);
        }

        SetDeadline();
    }

    public byte ReadSystemControl(ulong now)
    {
        ulong tick = PlatformClock.ToPit(now);
        Advance(2, tick);
        int refresh = (tick / RefreshTicks & 1) != 0 ? Refresh : 0;
        return (byte)(_systemControl | (_channels[2].Output ? ThirdOutput : 0) | refresh);
    }

    public void WriteSystemControl(byte value, ulong now)
    {
        Advance(2, PlatformClock.ToPit(now));
        byte old = _systemControl;
        _systemControl = (byte)(value & Writable);
        if (((old ^ value) & Gate) != 0)
        {
            _channels[2].SetGate(HasGate(2));
        }
    }

    private readonly bool HasGate(int channel) => channel != 2 || (_systemControl & Gate) != 0;

    private void WriteControl(byte value, ulong tick)
    {
        int select = value >> 6;
        for (int channel = 0; channel < 3; channel++)
        {
            bool isMeant = select == 3 ? (value & (2 << channel)) != 0 : select == channel;
            if (!isMeant)
            {
                continue;
            }

            Advance(channel, tick);
            ref PitChannel chosen = ref _channels[channel];
            if (select != 3 && (value & 0x30) != 0)
            {
                chosen.Program(value);
                continue;
            }

            // Read-back: a clear bit asks for the count (0x20) and for the status (0x10).
            if (select != 3 || (value & 0x20) == 0)
            {
                chosen.LatchCount();
            }

            if (select == 3 && (value & 0x10) == 0)
            {
                chosen.LatchStatus();
            }
        }
    }

    private void Advance(int channel, ulong tick) => _channels[channel].Advance(tick, HasGate(channel));

    private void SetDeadline()
    {
        ulong rise = _channels[0].NextRise(true);
        _noDeadline = rise == GuestClock.Never ? 0 : ~PlatformClock.FromPit(rise);
    }

    [InlineArray(3)]
    private struct Channels { private PitChannel _first; }
}
