// Which clock is believed. The one in least doubt among those that another one confirms; where none is confirmed, the
// one in least doubt; what CPUID says, only where nothing could be measured. Pure.
namespace MinusOne.Efi.Metal.Clocks;

internal ref struct ClockVote
{
    // Crystals of a board differ by less from what is written on them.
    private const ulong Tolerance = 500;

    private readonly ReadOnlySpan<ClockReading> _readings;

    public ClockVote(ReadOnlySpan<ClockReading> readings)
    {
        _readings = readings;
        Chosen = -1;
        for (int i = 0; i < readings.Length; i++)
        {
            Chosen = readings[i].IsThere && (Chosen < 0 || IsBetter(i, Chosen)) ? i : Chosen;
        }
    }

    // -1: there is no clock.
    public int Chosen { get; }

    // Another clock says the same.
    public readonly bool IsConfirmed => Chosen >= 0 && Confirmations(Chosen) != 0;

    public readonly bool Agrees(int index, int other)
    {
        ref readonly ClockReading one = ref _readings[index];
        ref readonly ClockReading two = ref _readings[other];
        return one.IsThere && two.IsThere
            && (ulong)Math.Abs(one.Distance(two)) <= Tolerance + one.Doubt + two.Doubt;
    }

    private readonly bool IsBetter(int index, int other)
    {
        ref readonly ClockReading one = ref _readings[index];
        ref readonly ClockReading two = ref _readings[other];
        if (one.Kind == ClockKind.Cpuid || two.Kind == ClockKind.Cpuid)
        {
            return two.Kind == ClockKind.Cpuid;
        }

        int confirmations = Confirmations(index) - Confirmations(other);
        return confirmations > 0 || (confirmations == 0 && one.Doubt < two.Doubt);
    }

    private readonly int Confirmations(int index)
    {
        int count = 0;
        for (int i = 0; i < _readings.Length; i++)
        {
            count += i != index && Agrees(index, i) ? 1 : 0;
        }

        return count;
    }
}
