// What happened in a run, in numbers: exits by reason with the ticks their handling took, entries, events.

using System.Runtime.CompilerServices;

namespace MinusOne.Hv.Report;

internal unsafe struct Counters
{
    // Basic reasons end at 85 in the manual of today; what is higher shares the last place.
    public const int Reasons = 87;

    public ulong Entries;
    public ulong Injected;
    public ulong GuestTicks;
    private fixed ulong _exits[Reasons];
    private fixed ulong _ticks[Reasons];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(uint reason, ulong ticks)
    {
        uint index = reason < Reasons ? reason : Reasons - 1;
        _exits[index]++;
        _ticks[index] += ticks;
    }

    public readonly ulong Exits(int reason) => _exits[reason];

    public readonly ulong Ticks(int reason) => _ticks[reason];

    public readonly ulong TotalExits
    {
        get
        {
            ulong total = 0;
            for (int reason = 0; reason < Reasons; reason++)
            {
                total += _exits[reason];
            }

            return total;
        }
    }
}
