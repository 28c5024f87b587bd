// What one clock says of the TSC: its rate, and by how much that may be wrong.
namespace MinusOne.Efi.Metal.Clocks;

internal enum ClockKind : byte
{
    None,
    Hpet,
    PowerTimer,
    Pit,
    Cpuid,
}

internal readonly struct ClockReading(ClockKind kind, ulong hertz, ulong doubt)
{
    // No rate of a TSC: below is no processor that has VT-x or SVM, above none at all.
    public const ulong LeastHertz = 10_000_000;
    public const ulong MostHertz = 20_000_000_000;

    private const ulong Million = 1_000_000;

    // A number of hertz is round if it is a multiple of one of these, and not round by chance if what the measurement
    // leaves open is a hundredth of that.
    private const ulong LeastRound = Million;
    private const ulong MostRound = 100 * Million;
    private const ulong Chance = 100;

    public readonly ClockKind Kind = kind;
    public readonly ulong Hertz = hertz;

    // In parts of a million.
    public readonly ulong Doubt = doubt;

    public bool IsThere => Kind != ClockKind.None;

    // `ticks` of the TSC, of which some may belong outside, passed in so many counts of a clock; a rate that cannot be
    // is no reading.
    public static ClockReading Of(ClockKind kind, ulong ticks, ulong unsure, ulong counts, ulong hertz)
    {
        if (counts == 0 || ticks == 0 || ticks > ulong.MaxValue / hertz)
        {
            return default;
        }

        ulong rate = ticks * hertz / counts;
        ulong doubt = ((Math.Min(unsure, ticks) * Million) + ticks - 1) / ticks;
        return rate is >= LeastHertz and <= MostHertz
            ? new ClockReading(kind, rate, doubt + ((Million + counts - 1) / counts))
            : default;
    }

    // An oscillator is specified as a round number: where one lies within the doubt, and would not by chance, it is the
    // rate. Only the smallest step that is wide enough is tried, so that several do not add up to a chance.
    public ClockReading Rounded()
    {
        ulong open = ((Hertz * Doubt) + Million - 1) / Million;
        ulong step = LeastRound;
        while (step < MostRound && 2 * open > step / Chance)
        {
            step *= 10;
        }

        ulong round = (Hertz + (step / 2)) / step * step;
        ulong distance = Math.Max(round, Hertz) - Math.Min(round, Hertz);
        return 2 * open <= step / Chance && distance <= open ? new ClockReading(Kind, round, Doubt) : this;
    }

    // How far another one is from this one, in parts of a million.
    public long Distance(in ClockReading other) =>
        ((long)other.Hertz - (long)Hertz) * (long)Million / (long)Hertz;
}
