// One alarm at a time on each processor, by its TSC deadline where it has one, otherwise by counting. SDM 3A 12.5.4.1
// TSC-Deadline Mode. It may ring early, never late by more than a tick: whoever set it looks at the clock and sets it
// again.

using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Devices;

internal static unsafe class Timer
{
    private const ulong LongestCount = 1_000_000_000;

    public static void Initialize()
    {
        Fired();
        LocalApic.UseTimer(Features.Has(Feature.TscDeadline));
    }

    // At this TSC; ulong.MaxValue: not at all.
    public static void Arm(ulong deadline)
    {
        Processor* processor = Cpu.CurrentProcessor();
        if (deadline == processor->Alarm)
        {
            return;
        }

        processor->Alarm = deadline;
        if (Features.Has(Feature.TscDeadline))
        {
            Cpu.WriteMsr(Msr.TscDeadline, deadline == ulong.MaxValue ? 0 : deadline);
            return;
        }

        ulong now = Clock.Now;
        ulong wait = deadline == ulong.MaxValue ? 0 : deadline > now ? Clock.InNanoseconds(deadline - now) : 1;
        uint count = Clock.ApicTicks(wait < LongestCount ? wait : LongestCount);
        LocalApic.StartCount(wait != 0 && count == 0 ? 1 : count);
    }

    // It rang.
    public static void Fired() => Cpu.CurrentProcessor()->Alarm = ulong.MaxValue;
}
