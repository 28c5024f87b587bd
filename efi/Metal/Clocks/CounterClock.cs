// Measures the TSC against a counter that runs by itself. Both are read together at two moments 50 ms apart, each
// several times: the reading that took least is the one that no interruption by firmware (SMI) has stretched, and what
// happens between the two moments does not matter. Every loop ends: a counter that stands still is noticed.
namespace MinusOne.Efi.Metal.Clocks;

internal interface ICounter
{
    ClockKind Kind { get; }

    ulong Hertz { get; }

    // The bits that count; then it begins again.
    uint Mask { get; }

    uint Read();
}

internal static class CounterClock
{
    private const int Tries = 8;
    private const uint Share = 20;
    private const int MostSame = 100_000;
    private const ulong MostTicks = ClockReading.MostHertz / Share * 2;

    public static ClockReading Measure<T>(in T counter)
        where T : struct, ICounter
    {
        Moment start = Moment.Take(counter);
        uint wanted = (uint)(counter.Hertz / Share);
        uint last = start.Count;
        int same = 0;
        while (((last - start.Count) & counter.Mask) < wanted)
        {
            uint now = counter.Read();
            same = now == last ? same + 1 : 0;
            last = now;
            if (same == MostSame || Cpu.ReadTsc() - start.Tsc > MostTicks)
            {
                return default;
            }
        }

        var end = Moment.Take(counter);
        return ClockReading.Of(
            counter.Kind, end.Tsc - start.Tsc, (start.Window + end.Window) / 2,
            (end.Count - start.Count) & counter.Mask, counter.Hertz);
    }

    // A count, the TSC in the middle of reading it, and how long that took.
    private readonly struct Moment(uint count, ulong tsc, ulong window)
    {
        public readonly uint Count = count;
        public readonly ulong Tsc = tsc;
        public readonly ulong Window = window;

        public static Moment Take<T>(in T counter)
            where T : struct, ICounter
        {
            Moment best = new(0, 0, ulong.MaxValue);
            for (int i = 0; i < Tries; i++)
            {
                ulong before = Cpu.ReadTsc();
                uint count = counter.Read();
                ulong window = Cpu.ReadTsc() - before;
                best = window < best.Window ? new Moment(count, before + (window / 2), window) : best;
            }

            return best;
        }
    }
}
