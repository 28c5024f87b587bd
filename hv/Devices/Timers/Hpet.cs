// The high-precision event timer: a main counter that is the platform clock itself, and three comparators. HPET
// specification 1.0a, 2.3 Register Model; the identity is that of QEMU's q35. Registers are 64 bits wide and taken in
// aligned halves or whole.
namespace MinusOne.Hv.Devices.Timers;

internal struct Hpet
{
    public const int Timers = 3;

    // 10,000,000 fs; Intel; legacy replacement; 64 bits; three timers; revision 1.
    private const ulong Identity = (10_000_000ul << 32) | 0x8086_A201;

    private const ulong Enabled = 1;
    private const ulong Legacy = 2;

    // The lines that there are for it.
    private const uint Inputs = 0x00FF_0104, Legacies = 0x101;

    private TimerArray _timers;
    private ulong _configuration;

    // The counter while it stands; while it runs, what is added to the clock.
    private ulong _counter;
    private uint _status;
    private uint _pulses;

    // IRQ 0 and IRQ 8 are the first two timers', not the PIT's and the RTC's.
    public readonly bool IsLegacy => (_configuration & Legacy) != 0;
    private readonly bool IsRunning => (_configuration & Enabled) != 0;

    public readonly ulong Deadline =>
        IsRunning ? Math.Min(_timers[0].Due, Math.Min(_timers[1].Due, _timers[2].Due)) : ulong.MaxValue;

    // The inputs that level-triggered timers hold, a bit each: IRQ 0 and 8 in legacy replacement, otherwise inputs of
    // the I/O APIC.
    public uint Lines
    {
        get
        {
            uint lines = 0;
            for (int i = 0; IsRunning && i < Timers; i++)
            {
                lines |= _timers[i].IsEnabled && (_status & (1u << i)) != 0 ? Input(i) : 0;
            }

            return lines;
        }
    }

    public readonly bool IsSound => (_pulses & ~(Inputs | Legacies)) == 0
        && _timers[0].IsSound && _timers[1].IsSound && _timers[2].IsSound;

    // The inputs that edges are due at since the last time.
    public uint TakePulses()
    {
        uint pulses = _pulses;
        _pulses = 0;
        return pulses;
    }

    public void Elapse(ulong now)
    {
        for (int i = 0; IsRunning && i < Timers; i++)
        {
            ref HpetTimer timer = ref _timers[i];
            if (!timer.Elapse(now))
            {
                continue;
            }

            if (timer.IsLevel)
            {
                _status |= 1u << i;
            }
            else if (timer.IsEnabled)
            {
                _pulses |= Input(i);
            }
        }
    }

    public ulong Read(uint offset, int bytes, ulong now)
    {
        bool isAligned = (offset & (uint)(bytes - 1)) == 0;
        ulong register = isAligned ? Register(offset & ~7u, now) >> (int)(8 * (offset & 7)) : ulong.MaxValue;
        return register & Board.Ones(bytes);
    }

    public void Write(uint offset, int bytes, ulong value, ulong now)
    {
        if (bytes < 4 || (offset & (uint)(bytes - 1)) != 0)
        {
            return;
        }

        int shift = (int)(8 * (offset & 7));
        ulong mask = (ulong.MaxValue >> (64 - (8 * bytes))) << shift;
        Elapse(now);
        Write(offset & ~7u, mask, value << shift, now);
    }

    private readonly ulong Counter(ulong now) => IsRunning ? _counter + now : _counter;

    private ulong Register(uint offset, ulong now)
    {
        switch (offset)
        {
            case 0x0F0: return Counter(now);
            case 0x000: return Identity;
            case 0x010: return _configuration;
        }

        Elapse(now);
        int index = (int)(offset >> 5) - 8;
        if (index is < 0 or >= Timers)
        {
            return offset == 0x020 ? _status : 0;
        }

        switch (offset & 0x1F)
        {
            case 0x00: return _timers[index].Configuration;
            case 0x08: return _timers[index].Comparator;
            default: return 0;
        }
    }

    private void Write(uint offset, ulong mask, ulong value, ulong now)
    {
        switch (offset)
        {
            case 0x010: Configure((_configuration & ~mask) | (value & mask), now); return;
            case 0x020: _status &= (uint)~(value & mask); return;
            case 0x0F0: _counter = IsRunning ? _counter : (_counter & ~mask) | (value & mask); return;
        }

        int index = (int)(offset >> 5) - 8;
        if (index is >= 0 and < Timers)
        {
            WriteTimer(index, offset & 0x1F, mask, value, now);
        }
    }

    private void WriteTimer(int index, uint register, ulong mask, ulong value, ulong now)
    {
        ref HpetTimer timer = ref _timers[index];
        if (register == 0x00)
        {
            timer.Configure((timer.Configuration & ~mask) | (value & mask));
            _status &= timer.IsLevel ? uint.MaxValue : ~(1u << index);
        }
        else if (register == 0x08)
        {
            timer.WriteComparator(mask, value);
        }
        else
        {
            return;
        }

        timer.Start(Counter(now), now);
    }

    private void Configure(ulong value, ulong now)
    {
        ulong counter = Counter(now);
        _configuration = value & (Enabled | Legacy);
        _counter = IsRunning ? counter - now : counter;
        for (int i = 0; i < Timers; i++)
        {
            _timers[i].Start(counter, now);
        }
    }

    // Route 0 is none.
    private uint Input(int index) =>
        IsLegacy && index < 2 ? 1u << (8 * index) : (1u << _timers[index].Route) & ~1u;

    [InlineArray(Timers)]
    private struct TimerArray { private HpetTimer _first; }
}
