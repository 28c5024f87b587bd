// All checks, each in a child of its own, so that whatever goes wrong only ends the child.

using System;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.User;

namespace MinusOne.Guests.Kernel.Programs;

internal static unsafe class SelfTest
{
    private const ulong Page = 4096;

    public static int Run()
    {
        uint passed = 0, failed = 0;

        // Once before counting: what this program itself needs is in its place then.
        InChild(0);
        ulong before = Sys.GetSystem().FreeFrames;
        Tell("demand-zeroed pages"u8, InChild(0), ref passed, ref failed);
        Tell("copy on write"u8, InChild(1), ref passed, ref failed);
        Tell("twenty children"u8, InChild(7), ref passed, ref failed);
        Tell("pipe"u8, InChild(2), ref passed, ref failed);
        Tell("sleep"u8, InChild(3), ref passed, ref failed);
        Tell("alarms"u8, InChild(8), ref passed, ref failed);
        Tell("clocks agree"u8, InChild(9), ref passed, ref failed);
        Tell("preemption"u8, InChild(4), ref passed, ref failed);
        Tell("SSE over switches"u8, SelfTests.Hold(avx: false), ref passed, ref failed);
        if ((Sys.GetSystem().Features & Feature.Avx) != 0)
        {
            Tell("AVX over switches"u8, SelfTests.Hold(avx: true), ref passed, ref failed);
        }

        Tell("files"u8, InChild(5), ref passed, ref failed);
        Tell("bad calls"u8, InChild(6), ref passed, ref failed);
        Tell("crash null"u8, Ends(0, ExceptionVector.PageFault), ref passed, ref failed);
        Tell("crash ud2"u8, Ends(1, ExceptionVector.InvalidOpcode), ref passed, ref failed);
        Tell("crash stack"u8, Ends(2, ExceptionVector.PageFault), ref passed, ref failed);
        Tell("crash kernel"u8, Ends(3, ExceptionVector.PageFault), ref passed, ref failed);
        Tell("crash cli"u8, Ends(4, ExceptionVector.GeneralProtection), ref passed, ref failed);
        Tell("crash code"u8, Ends(5, ExceptionVector.PageFault), ref passed, ref failed);
        Tell("crash divide"u8, Ends(6, ExceptionVector.DivideError), ref passed, ref failed);
        OnAllProcessors(ref passed, ref failed);
        Tell("no page lost"u8, Sys.GetSystem().FreeFrames == before, ref passed, ref failed);
        Writer.Console.Decimal(passed).Text(" passed, "u8).Decimal(failed).Text(" failed\n"u8);
        return (int)failed;
    }

    // Nothing to say where there is only one.
    private static void OnAllProcessors(ref uint passed, ref uint failed)
    {
        if (Sys.GetSystem().Processors > 1)
        {
            Tell("all processors run"u8, InChild(10), ref passed, ref failed);
            Tell("a lock for all"u8, Sys.Call(Call.TryProcessors, 0) == 1, ref passed, ref failed);
            Tell("interrupts for all"u8, Sys.Call(Call.TryProcessors, 1) == 1, ref passed, ref failed);
            Tell("pages change for all"u8, Sys.Call(Call.TryProcessors, 2) == 1, ref passed, ref failed);
        }
    }

    public static int Soak(ReadOnlySpan<byte> words)
    {
        if (!Arguments.TryNumber(words, 200, out ulong rounds))
        {
            return 2;
        }

        InChild(0);
        ulong before = Sys.GetSystem().FreeFrames;
        ulong good = 0;
        for (ulong i = 0; i < rounds; i++)
        {
            good += InChild((int)(i & 1)) ? 1u : 0;
        }

        ulong after = Sys.GetSystem().FreeFrames;
        Writer.Console.Decimal(good).Text(" of "u8).Decimal(rounds).Text(" rounds good, free memory "u8)
            .Text(before == after ? "as before\n"u8 : "changed\n"u8);
        return before == after && good == rounds ? 0 : 1;
    }

    private static void Tell(ReadOnlySpan<byte> name, bool good, ref uint passed, ref uint failed)
    {
        Writer.Console.Text(good ? "ok     "u8 : "FAILED "u8).Text(name).EndLine();
        passed += good ? 1u : 0;
        failed += good ? 0u : 1;
    }

    private static bool InChild(int check)
    {
        int child = Sys.Fork();
        if (child == 0)
        {
            Sys.Exit(Check(check) ? 0 : 1);
        }

        return child > 0 && IsGood(Sys.Wait(child));
    }

    public static bool IsGood(in ExitReport report) => report.Kind == ExitKind.Returned && report.Status == 0;

    private static bool Ends(int way, ExceptionVector vector)
    {
        int child = Sys.Fork();
        if (child == 0)
        {
            Crash.By(way);
            Sys.Exit(0);
        }

        ExitReport report = Sys.Wait(child);
        return report.Kind == ExitKind.Exception && report.Vector == (uint)vector;
    }

    private static bool Check(int check) => check switch
    {
        0 => SelfTests.Pages(64),
        1 => CopiesOnWrite(),
        2 => PipeCarries(),
        3 => SleepsLongEnough(),
        4 => OthersRun(),
        5 => FileKeeps(),
        7 => SelfTests.Forks(20) == 20,
        8 => SelfTests.AlarmsRing(out _, out _),
        9 => ClocksAgree(),
        10 => SelfTests.AllRun(Sys.GetSystem().Processors),
        _ => Sys.Call((Call)999) == (long)CallError.Unknown
            && Sys.Call(Call.Write, 1, 0x20_0000, 8) == (long)CallError.BadAddress
            && Sys.Call(Call.Write, 99, 0, 0) == (long)CallError.BadHandle,
    };

    private static bool CopiesOnWrite()
    {
        byte* heap = Sys.Extend(Page);
        heap[0] = 1;
        int child = Sys.Fork();
        if (child == 0)
        {
            heap[0]++;
            Sys.Exit(heap[0] == 2 ? 0 : 1);
        }

        return IsGood(Sys.Wait(child)) && heap[0] == 1;
    }

    // More than a pipe holds, so that both sides wait.
    private static bool PipeCarries()
    {
        const int Bytes = 20_000;
        int* ends = stackalloc int[2];
        Sys.Call(Call.Pipe, (ulong)ends);
        byte value = 0;
        if (Sys.Fork() == 0)
        {
            Sys.Close(ends[0]);
            for (int i = 0; i < Bytes; i++, value++)
            {
                Sys.Call(Call.Write, (ulong)ends[1], (ulong)&value, 1);
            }

            Sys.Exit(0);
        }

        Sys.Close(ends[1]);
        int count = 0;
        byte expected = 0;
        while (Sys.Read(ends[0], &value, 1) == 1)
        {
            count += value == expected++ ? 1 : 0;
        }

        return count == Bytes;
    }

    private static bool SleepsLongEnough()
    {
        ulong before = Sys.Time;
        Sys.Sleep(20);
        return Sys.Time - before >= 20_000_000;
    }

    // HPET and PIT, where there are both, about the TSC: to five percent, for a busy host disturbs either.
    private static bool ClocksAgree()
    {
        SystemInformation system = Sys.GetSystem();
        ulong hpet = system.TscByHpet;
        ulong pit = system.TscByPit;
        return hpet == 0 || pit == 0 || (hpet > pit ? hpet - pit : pit - hpet) < pit / 20;
    }

    // A child that never calls the kernel must not stop its parent.
    private static bool OthersRun()
    {
        int child = Sys.Fork();
        while (child == 0)
        {
            Small.CountPrimes(1000);
        }

        Sys.Sleep(30);
        ulong before = Sys.Time;
        Small.CountPrimes(2000);
        Sys.Call(Call.Kill, (ulong)child);
        return Sys.Wait(child).Kind == ExitKind.Interrupted && Sys.Time > before;
    }

    private static bool FileKeeps()
    {
        byte value = 42;
        int file = (int)Sys.Open("selftest.tmp"u8, OpenMode.Write);
        Sys.Call(Call.Write, (ulong)file, (ulong)&value, 1);
        Sys.Close(file);
        file = (int)Sys.Open("selftest.tmp"u8, OpenMode.Read);
        value = 0;
        bool good = Sys.Read(file, &value, 1) == 1 && value == 42;
        Sys.Call(Call.Remove, Sys.Address("selftest.tmp"u8), 12);
        return good;
    }
}
