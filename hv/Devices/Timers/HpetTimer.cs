// One comparator of an HPET. HPET specification 1.0a, 2.3.8 Timer N Configuration and Capabilities, 2.3.9 Timer
// Operation. When it next matches is kept as a time, so that being late by years costs one division. Leaves out
// delivery by messages (FSB), which is not offered.
namespace MinusOne.Hv.Devices.Timers;

internal struct HpetTimer
{
    // Inputs of the I/O APIC that may be chosen: 2, 8 and 16-23, as QEMU's q35.
    private const uint Routes = 0x00FF_0104;

    private const ulong Capabilities = ((ulong)Routes << 32) | 0x30;
    private const ulong Writable = 0x3F4E;
    private const ulong Level = 0x0002;
    private const ulong Enabled = 0x0004;
    private const ulong Periodic = 0x0008;
    private const ulong SetsValue = 0x0040;
    private const ulong Is32Bit = 0x0100;

    private ulong _configuration;
    private ulong _period;

    // The complement: all ones at reset.
    private ulong _noComparator;

    // When it matches next; meaningless while the counter stands.
    public ulong Due { readonly get; private set; }

    public readonly bool IsLevel => (_configuration & Level) != 0;
    public readonly bool IsEnabled => (_configuration & Enabled) != 0;
    public readonly int Route => (int)(_configuration >> 9) & 31;
    public readonly ulong Configuration => _configuration | Capabilities;
    public readonly ulong Comparator => ~_noComparator & Width;
    private readonly ulong Width => (_configuration & Is32Bit) != 0 ? uint.MaxValue : ulong.MaxValue;
    private readonly bool IsPeriodic => (_configuration & Periodic) != 0;

    // Its interrupts go where they can.
    public readonly bool IsSound => Route == 0 || ((Routes >> Route) & 1) != 0;

    // A route that does not exist is none: software is to see that from what it reads back.
    public void Configure(ulong value)
    {
        _configuration = value & Writable;
        if (((Routes >> Route) & 1) == 0)
        {
            _configuration &= ~0x3E00ul;
        }

        _noComparator = ~Comparator;
        _period &= Width;
    }

    // In periodic mode a write sets the period, and the comparator itself only if software has asked for it; once.
    public void WriteComparator(ulong mask, ulong value)
    {
        value &= mask;
        if (!IsPeriodic || (_configuration & SetsValue) != 0)
        {
            _noComparator = ~((Comparator & ~mask) | value);
        }

        _period = ((_period & ~mask) | value) & Width;
        _configuration &= ~SetsValue;
    }

    // A comparator that equals the counter matches now.
    public void Start(ulong counter, ulong now) => Due = PlatformClock.Add(now, (Comparator - counter) & Width);

    // Whether it has matched, which it may have many times. A period of 0 matches once.
    public bool Elapse(ulong now)
    {
        if (now < Due)
        {
            return false;
        }

        ulong step = IsPeriodic ? _period : 0;
        ulong late = now - Due;
        if (step != 0)
        {
            ulong past = late - (late % step);
            _noComparator = ~(Comparator + past + step);
            Due = PlatformClock.Add(Due + past, step);
        }
        else
        {
            // The counter comes round after 2^32 ticks, or not in our lifetime.
            ulong round = late - (late & uint.MaxValue);
            Due = Width == uint.MaxValue ? PlatformClock.Add(Due + round, 1ul << 32) : ulong.MaxValue;
        }

        return true;
    }
}
