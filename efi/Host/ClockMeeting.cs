// How far another processor's TSC is ahead of the first one's: the first asks several times, and the answer that came
// quickest counts. SDM 3B 19.17.1 Invariant TSC.

using System.Threading;

namespace MinusOne.Efi.Host;

internal static class ClockMeeting
{
    private const uint Rounds = 16;
    private const uint Over = uint.MaxValue;

    private static uint s_asked;
    private static uint s_answered;
    private static ulong s_answer;

    // The other's part, until the first has had enough.
    public static void Answer()
    {
        uint last = 0;
        while (last != Over)
        {
            uint asked = Volatile.Read(ref s_asked);
            if (asked != last)
            {
                Volatile.Write(ref s_answer, Cpu.ReadTsc());
                Volatile.Write(ref s_answered, asked);
                last = asked;
            }

            Cpu.Pause();
        }
    }

    // The first one's part. False: no answer came in time. It cannot be known better than to `doubt`.
    public static bool TryMeasure(ulong mostTicks, out long ahead, out ulong doubt)
    {
        ahead = 0;
        doubt = ulong.MaxValue;
        bool isAnswered = true;
        for (uint round = 1; round <= Rounds && isAnswered; round++)
        {
            isAnswered = TryAsk(round, mostTicks, ref ahead, ref doubt);
        }

        return TryAsk(Over, mostTicks, ref ahead, ref doubt) && isAnswered;
    }

    public static void Prepare()
    {
        s_asked = 0;
        s_answered = 0;
    }

    private static bool TryAsk(uint round, ulong mostTicks, ref long ahead, ref ulong doubt)
    {
        ulong begin = Cpu.ReadTsc();
        Volatile.Write(ref s_asked, round);
        while (Volatile.Read(ref s_answered) != round)
        {
            if (Cpu.ReadTsc() - begin > mostTicks)
            {
                return false;
            }
        }

        ulong end = Cpu.ReadTsc();
        if (end - begin < doubt)
        {
            doubt = end - begin;
            ahead = (long)(Volatile.Read(ref s_answer) - (begin + (doubt / 2)));
        }

        return true;
    }
}
