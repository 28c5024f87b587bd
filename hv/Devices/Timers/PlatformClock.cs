// The clock that every clock of a guest derives from: 100 MHz, counted since the guest was created. The crystals of a
// PC are exact fractions of it, so that none drifts from the others: its ticks in those of a crystal, and back. No
// product overflows: the quotient is taken first.

namespace MinusOne.Hv.Devices.Timers;

internal static class PlatformClock
{
    public const ulong Frequency = 100_000_000;

    // 1,193,182 Hz, by 2.
    private const ulong PitNumerator = 596_591;
    private const ulong PitDenominator = Frequency / 2;

    // 3,579,545 Hz, by 5.
    private const ulong PowerNumerator = 715_909;
    private const ulong PowerDenominator = Frequency / 5;

    // 32,768 Hz, by 64.
    private const ulong CrystalNumerator = 512;
    private const ulong CrystalDenominator = Frequency / 64;

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
