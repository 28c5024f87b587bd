// Programs that try one thing the kernel promises and say how it went; selftest asks the same questions.

using System;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.User;

namespace MinusOne.Guests.Kernel.Programs;

internal static unsafe class SelfTests
{
    private const ulong Page = 4096;
    private const uint Alarms = 10;
    private const ulong AlarmMilliseconds = 5;
    private const ulong LongestNanoseconds = 5_000_000_000;

    public static int ForkTest(ReadOnlySpan<byte> words)
    {
        if (!Arguments.TryNumber(words, 8, out ulong count))
        {
            return Small.Usage("forktest CHILDREN"u8);
        }

        uint good = Forks((uint)count);
        Writer.Console.Decimal(good).Text(" of "u8).Decimal(count).Text(" children had memory of their own\n"u8);
        return good == count ? 0 : 1;
    }

    // All there at once, each changing its own copy of the same page. How many did well.
    public static uint Forks(uint count)
    {
        byte* heap = Sys.Extend(Page);
        heap[0] = 1;
        uint forked = 0;
        for (; forked < count; forked++)
        {
            int child = Sys.Fork();
            if (child < 0)
            {
                break;
            }

            if (child == 0)
            {
                heap[0] += (byte)forked;
                Sys.Sleep(1);
                Sys.Exit(heap[0] == (byte)(forked + 1) ? 0 : 1);
            }
        }

        uint good = 0;
        for (uint i = 0; i < forked; i++)
        {
            good += SelfTest.IsGood(Sys.Wait(0)) && heap[0] == 1 ? 1u : 0;
        }

        return good;
    }

    public static int PageTest(ReadOnlySpan<byte> words)
    {
        if (!Arguments.TryNumber(words, 64, out ulong count))
        {
            return Small.Usage("pagetest PAGES"u8);
        }

        ulong before = Sys.GetSystem().PageFaults;
        bool good = Pages(count);
        Writer.Console.Decimal(count).Text(good ? " pages were zero and keep what they get; "u8 : " pages FAILED; "u8)
            .Decimal(Sys.GetSystem().PageFaults - before).Text(" page faults\n"u8);
        return good ? 0 : 1;
    }

    public static bool Pages(ulong count)
    {
        byte* heap = Sys.Extend(count * Page);
        bool good = heap != null;
        for (ulong i = 0; good && i < count; i++)
        {
            var word = (ulong*)(heap + (i * Page) + (i % 512 * sizeof(ulong)));
            good = *word == 0;
            *word = i + 1;
        }

        for (ulong i = 0; good && i < count; i++)
        {
            good = *(ulong*)(heap + (i * Page) + (i % 512 * sizeof(ulong))) == i + 1;
        }

        return good;
    }

    public static int FloatTest()
    {
        bool good = TellHeld("XMM0-15"u8, Hold(avx: false));
        if ((Sys.GetSystem().Features & Feature.Avx) != 0)
        {
            good &= TellHeld("YMM0-15"u8, Hold(avx: true));
        }

        return good ? 0 : 1;
    }

    // Two children hold different patterns in their registers at the same time.
    public static bool Hold(bool avx)
    {
        ulong ticks = Sys.GetSystem().TscHertz / 20;
        int* children = stackalloc int[2];
        for (int i = 0; i < 2; i++)
        {
            children[i] = Sys.Fork();
            if (children[i] == 0)
            {
                ulong seed = 0x1111_1111_1111_1111ul * (ulong)(i + 1);
                Sys.Exit((int)(avx ? Faults.HoldAvx(seed, ticks) : Faults.HoldSse(seed, ticks)));
            }
        }

        return SelfTest.IsGood(Sys.Wait(children[0])) & SelfTest.IsGood(Sys.Wait(children[1]));
    }

    // More children than processors compute until every processor has had one more turn.
    public static bool AllRun(uint processors)
    {
        const int Most = 8;
        long* turns = stackalloc long[Most];
        int* children = stackalloc int[Most];
        for (uint i = 0; i < processors; i++)
        {
            turns[i] = Sys.Call(Call.GetTurns, i);
        }

        for (uint i = 0; i < processors; i++)
        {
            children[i] = Sys.Fork();
            while (children[i] == 0)
            {
                Small.CountPrimes(1000);
            }
        }

        uint good = 0;
        for (ulong end = Sys.Time + LongestNanoseconds; good < processors && Sys.Time < end;)
        {
            Small.CountPrimes(1000);
            good += Sys.Call(Call.GetTurns, good) > turns[good] ? 1u : 0;
        }

        for (uint i = 0; i < processors; i++)
        {
            Sys.Call(Call.Kill, (ulong)children[i]);
            Sys.Wait(children[i]);
        }

        return good == processors;
    }

    public static int InterruptTest()
    {
        bool good = AlarmsRing(out ulong interrupts, out ulong late);
        Writer.Console.Decimal(Alarms).Text(" alarms, "u8).Decimal(interrupts).Text(" timer interrupts, at most "u8)
            .Decimal(late / 1000).Text(" us late; serial input comes "u8)
            .Text(Sys.GetSystem().SerialInterrupts ? "by interrupt\n"u8 : "when asked for\n"u8);
        return good ? 0 : 1;
    }

    public static bool AlarmsRing(out ulong interrupts, out ulong late)
    {
        late = 0;
        bool good = true;
        ulong before = Sys.GetSystem().TimerCount;
        for (uint i = 0; i < Alarms; i++)
        {
            ulong start = Sys.Time;
            Sys.Sleep(AlarmMilliseconds);
            ulong slept = Sys.Time - start;
            ulong meant = AlarmMilliseconds * 1_000_000;
            good &= slept >= meant;
            late = slept - meant > late ? slept - meant : late;
        }

        interrupts = Sys.GetSystem().TimerCount - before;
        return good && interrupts >= Alarms;
    }

    private static bool TellHeld(ReadOnlySpan<byte> what, bool good)
    {
        Writer.Console.Text(what)
            .Text(good ? " keep their values while two programs take turns\n"u8 : " FAILED\n"u8);
        return good;
    }
}
