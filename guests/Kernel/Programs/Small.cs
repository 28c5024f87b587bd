// The programs of a few lines each.

using System;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.Shell;
using MinusOne.Guests.Kernel.User;

namespace MinusOne.Guests.Kernel.Programs;

internal static unsafe class Small
{
    public static int Help()
    {
        ReadOnlySpan<byte> names = ProgramNames.All;
        Writer.Console.Text("programs: "u8).Text(names.Slice(0, names.Length - 1))
            .Text("\nalso: a | b, a > file, a >> file; arrows, Home, End, Ctrl-C\n"u8);
        return 0;
    }

    public static int Echo(ReadOnlySpan<byte> words)
    {
        Writer.Console.Text(words).EndLine();
        return 0;
    }

    public static int Usage(ReadOnlySpan<byte> line)
    {
        Writer.Console.Text("usage: "u8).Text(line).EndLine();
        return 2;
    }

    public static int Ps()
    {
        Writer.Console.Text("  id parent priority pages    ms name\n"u8);
        TaskInformation task;
        for (ulong i = 0; Sys.Call(Call.GetTask, i, (ulong)&task) is var answer && answer >= 0; i++)
        {
            if (answer > 0)
            {
                Writer.Console.Text(" "u8).Decimal(task.Id).To(8).Decimal(task.Parent).To(15).Decimal(task.Priority)
                    .To(22).Decimal(task.Pages).To(28).Decimal(task.UsedNanoseconds / 1_000_000).To(34)
                    .Text(new ReadOnlySpan<byte>(task.Name, task.NameLength)).EndLine();
            }
        }

        return 0;
    }

    public static int Free()
    {
        SystemInformation system = Sys.GetSystem();
        Writer.Console.Decimal(system.FreeFrames * 4).Text(" of "u8).Decimal(system.AllFrames * 4)
            .Text(" KiB free\n"u8);
        return 0;
    }

    public static int Uptime()
    {
        SystemInformation system = Sys.GetSystem();
        Writer.Console.Decimal(Sys.Time / 1_000_000).Text(" ms up, "u8)
            .Decimal(system.Switches).Text(" switches, "u8)
            .Decimal(system.TimerCount).Text(" timer and "u8)
            .Decimal(system.SerialCount).Text(" serial interrupts\nTSC MHz by HPET "u8)
            .Decimal(system.TscByHpet / 1_000_000).Text(", by PIT "u8)
            .Decimal(system.TscByPit / 1_000_000).EndLine();
        return 0;
    }

    public static int Time(ReadOnlySpan<byte> words)
    {
        ulong before = Sys.Time;
        ShellProgram.RunAndReport(words);
        Writer.Console.Decimal((Sys.Time - before) / 1_000_000).Text(" ms\n"u8);
        return 0;
    }

    public static int Remove(ReadOnlySpan<byte> words)
    {
        ReadOnlySpan<byte> name = Arguments.FirstWord(words);
        if (Sys.Call(Call.Remove, Sys.Address(name), (ulong)name.Length) == 0)
        {
            return 0;
        }

        Writer.Console.Text(name).Text(": no such file of yours\n"u8);
        return 1;
    }

    public static int Sleep(ReadOnlySpan<byte> words)
    {
        if (!Arguments.TryNumber(words, 1000, out ulong milliseconds))
        {
            return Usage("sleep MILLISECONDS"u8);
        }

        Sys.Sleep(milliseconds);
        return 0;
    }

    public static int Cat(ReadOnlySpan<byte> words)
    {
        ReadOnlySpan<byte> name = Arguments.FirstWord(words);
        long file = name.IsEmpty ? 0 : Sys.Open(name, OpenMode.Read);
        if (file < 0)
        {
            Writer.Console.Text(name).Text(": no such text\n"u8);
            return 1;
        }

        byte* bytes = stackalloc byte[128];
        long count;
        while ((count = Sys.Read((int)file, bytes, 128)) > 0 && bytes[0] != 4)
        {
            Writer.Console.Text(new ReadOnlySpan<byte>(bytes, (int)count));
            Output.Flush();
        }

        return 0;
    }

    public static int Ls()
    {
        FileInformation file;
        for (ulong i = 0; Sys.Call(Call.GetFile, i, (ulong)&file) is var answer && answer >= 0; i++)
        {
            if (answer > 0)
            {
                Writer.Console.Text(new ReadOnlySpan<byte>(file.Name, file.NameLength)).Text(" "u8);
            }
        }

        Writer.Console.EndLine();
        return 0;
    }

    public static int Primes(ReadOnlySpan<byte> words)
    {
        if (!Arguments.TryNumber(words, 10_000, out ulong limit))
        {
            return Usage("primes LIMIT"u8);
        }

        Writer.Console.Decimal(CountPrimes((uint)limit)).Text(" primes below "u8).Decimal(limit).EndLine();
        return 0;
    }

    public static uint CountPrimes(uint limit)
    {
        uint count = limit > 2 ? 1u : 0;
        for (uint number = 3; number < limit; number += 2)
        {
            uint divisor = 3;
            while (divisor * divisor <= number && number % divisor != 0)
            {
                divisor += 2;
            }

            count += divisor * divisor > number ? 1u : 0;
        }

        return count;
    }
}
