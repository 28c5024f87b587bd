// Every program starts here: the first word of its line chooses it. The order is that of Shared/ProgramNames.cs.

using System;
using System.Runtime;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.Shell;
using MinusOne.Guests.Kernel.User;

namespace MinusOne.Guests.Kernel.Programs;

internal static unsafe class Start
{
    // C# wants a Main in every program. The stub ProgramStart calls Run.
    private static void Main()
    {
    }

    [RuntimeExport("RunProgram")]
    private static void Run(byte* text, int length)
    {
        ReadOnlySpan<byte> line = new(text, length);
        Sys.Exit(Choose(NumberOf(Arguments.FirstWord(line)), Arguments.Rest(line)));
    }

    private static int Choose(int number, ReadOnlySpan<byte> arguments) => number switch
    {
        0 => ShellProgram.Run(),
        1 => Small.Help(),
        2 => Small.Echo(arguments),
        3 => Small.Ps(),
        4 => Small.Free(),
        5 => Small.Uptime(),
        6 => Processor.Run(arguments),
        7 => Small.Time(arguments),
        8 => Small.Sleep(arguments),
        9 => Small.Cat(arguments),
        10 => Small.Ls(),
        11 => Small.Remove(arguments),
        12 => Small.Primes(arguments),
        13 => SelfTests.ForkTest(arguments),
        14 => SelfTests.PageTest(arguments),
        15 => SelfTests.FloatTest(),
        16 => SelfTests.InterruptTest(),
        17 => Crash.Run(arguments),
        18 => SelfTest.Run(),
        19 => SelfTest.Soak(arguments),
        20 => (int)Sys.Call(Call.Power, 0),
        21 => (int)Sys.Call(Call.Power, 1),
        _ => 127,
    };

    private static int NumberOf(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> names = ProgramNames.All;
        for (int i = 0; !names.IsEmpty; i++)
        {
            int end = names.IndexOf((byte)' ');
            if (name.SequenceEqual(names.Slice(0, end)))
            {
                return i;
            }

            names = names.Slice(end + 1);
        }

        return -1;
    }
}
