// The clock that every clock of a guest derives from: 100 MHz, counted since the guest was created. The crystals of a
// PC are exact fractions of it, so that none drifts from the others: its ticks in those of a crystal, and back. No
// product overflows: the quotient is taken first.
namespace MinusOne.Hv.Devices.Timers;

internal static class PlatformClock
{
    // 1,193,182 Hz, by 2.
    private const ulong PitNumerator = 596_591;
    private const ulong PitDenominator = GuestClock.Hertz / 2;

    // 3,579,545 Hz, by 5.
    private const ulong PowerNumerator = 715_909;
    private const ulong PowerDenominator = GuestClock.Hertz / 5;

    // 32,768 Hz, by 64.
    private const ulong CrystalNumerator = 512;
    private const ulong CrystalDenominator = GuestClock.Hertz / 64;

    // Ticks of the 8254 that are over at this time.
    public static ulong ToPit(ulong now) => Scale(now, PitNumerator, PitDenominator);

    // The time at which that many are over.
    public static ulong FromPit(ulong ticks) => Unscale(ticks, PitNumerator, PitDenominator);

    // The same for the timer of ACPI's power management.
    public static ulong ToPower(ulong now) => Scale(now, PowerNumerator, PowerDenominator);
    public static ulong FromPower(ulong ticks) => Unscale(ticks, PowerNumerator, PowerDenominator);

    // And for the crystal of a clock.
    public static ulong ToCrystal(ulong now) => Scale(now, CrystalNumerator, CrystalDenominator);
    public static ulong FromCrystal(ulong ticks) => Unscale(ticks, CrystalNumerator, CrystalDenominator);

    // Never is the end of all times.
    public static ulong Add(ulong time, ulong ticks) => time + ticks < time ? ulong.MaxValue : time + ticks;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Scale(ulong value, ulong numerator, ulong denominator) =>
        (value / denominator * numerator) + (value % denominator * numerator / denominator);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Unscale(ulong value, ulong numerator, ulong denominator)
    {
        ulong whole = value / numerator;
        return whole >= ulong.MaxValue / denominator
            ? ulong.MaxValue
            : (whole * denominator) + (((value % numerator * denominator) + numerator - 1) / numerator);
    }
}

// The guest's platform clock: ticks of 10 ns since the guest began, worked out from the host's TSC by one fixed-point
// ratio. All of the guest's clocks count these ticks or follow from them by exact arithmetic, so they agree with one
// another whatever the TSC's frequency was measured to be. At 100 MHz a tick is a TSC tick to the digit.
//   Now(tsc)    what the chips are given as `now`, from Cpu.ReadTsc()
//   TscAt(now)  the first host TSC at which the platform clock is there: what deadlines are turned into
internal struct GuestClock
{
    // The rate of the platform clock, the local APIC's bus and the HPET.
    public const ulong Hertz = 100_000_000;

    // A deadline that never comes.
    public const ulong Never = ulong.MaxValue;

    // Fixed point with this many binary places: room for a TSC of up to 25 GHz.
    private const int Places = 56;

    private ulong _ticksPerTsc;
    private ulong _tscPerTick;

    // The guest begins at this host TSC. Without a frequency the TSC is taken for the platform clock itself. A clock of
    // another rate is counted in the same way.
    public void Start(ulong tscHertz, ulong tsc, ulong rate = Hertz)
    {
        ulong hertz = tscHertz == 0 ? Hertz : tscHertz;
        Origin = tsc;
        _ticksPerTsc = Ratio(rate, hertz);
        _tscPerTick = Ratio(hertz, rate);
    }

    // So many TSC ticks did not happen.
    public void Skip(ulong ticks) => Origin += ticks;

    // At this host TSC it is that late, as if the guest had begun so long ago.
    public void Set(ulong now, ulong tsc)
    {
        Origin = tsc - Scale(now, _tscPerTick);
        while (Now(tsc) < now)
        {
            Origin--;
        }
    }

    // The host TSC at which the guest began; what was skipped since is left out. It may lie before the host's 0.
    public ulong Origin { readonly get; private set; }

    public readonly ulong Now(ulong tsc) => Scale(tsc - Origin, _ticksPerTsc);

    public readonly ulong TscAt(ulong now)
    {
        // So late that it would not fit: a guest may ask for that.
        ulong high = Math.BigMul(now, _tscPerTick, out ulong low);
        if (now == Never || high >> (Places - 1) != 0)
        {
            return Never;
        }

        ulong tsc = Origin + Whole(high, low);
        if ((long)tsc < 0)
        {
            // A time before the host's own began is over.
            return (long)Origin < 0 ? 0 : Never;
        }

        // Both ratios are rounded down.
        while (Now(tsc) < now)
        {
            tsc++;
        }

        return tsc;
    }

    private static ulong Scale(ulong value, ulong ratio)
    {
        ulong high = Math.BigMul(value, ratio, out ulong low);
        return Whole(high, low);
    }

    private static ulong Whole(ulong high, ulong low) => (high << (64 - Places)) | (low >> Places);

    // Long division, one binary place after the other.
    private static ulong Ratio(ulong dividend, ulong divisor)
    {
        ulong quotient = dividend / divisor;
        ulong rest = dividend % divisor;
        for (int place = 0; place < Places; place++)
        {
            rest <<= 1;
            quotient <<= 1;
            if (rest >= divisor)
            {
                rest -= divisor;
                quotient |= 1;
            }
        }

        return quotient;
    }
}

// A TSC that counts at another rate than the processor's, and how fast.
internal struct ForeignTsc
{
    public GuestClock Clock;
    public ulong Hertz;
}
