// What happened in a run, in numbers: exits by reason with the ticks their handling took, entries, events.

namespace MinusOne.Hv.Exits;

internal unsafe struct Counters
{
    // Basic reasons end at 85 in the manual of today; what is higher shares the last place.
    public const int Reasons = 87;

    private const int FastReasons = 6;

    // Those that the run loop has asked for.
    public ulong LongEntries;
    public ulong Injected;
    public ulong GuestTicks;
    private fixed ulong _exits[Reasons];
    private fixed ulong _fast[FastReasons];
    private fixed ulong _ticks[Reasons];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(uint reason, ulong ticks)
    {
        uint index = reason < Reasons ? reason : Reasons - 1;
        _exits[index]++;
        _ticks[index] += ticks;
    }

    // One that the short path finished: counted, not timed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountFast(ExitReason reason) => _fast[FastPlace(reason)]++;

    // It was not finished there after all.
    public void UncountFast(ExitReason reason) => _fast[FastPlace(reason)]--;

    public readonly ulong Exits(int reason) =>
        _exits[reason] + (FastPlace((ExitReason)reason) is >= 0 and int place ? _fast[place] : 0);

    public readonly ulong Timed(int reason) => _exits[reason];

    public readonly ulong Ticks(int reason) => _ticks[reason];

    // Every exit that the short path finished ended in one, too.
    public readonly ulong Entries
    {
        get
        {
            ulong total = LongEntries;
            for (int place = 0; place < FastReasons; place++)
            {
                total += _fast[place];
            }

            return total;
        }
    }

    public readonly ulong TotalExits
    {
        get
        {
            ulong total = 0;
            for (int reason = 0; reason < Reasons; reason++)
            {
                total += Exits(reason);
            }

            return total;
        }
    }

    // Less than 0: the short path knows nothing of it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FastPlace(ExitReason reason) => reason switch
    {
        ExitReason.Cpuid => 0,
        ExitReason.Vmcall => 1,
        ExitReason.IoInstruction => 2,
        ExitReason.Rdmsr => 3,
        ExitReason.Wrmsr => 4,
        ExitReason.EptViolation => 5,
        _ => -1,
    };
}
