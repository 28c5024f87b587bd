// Breaks a rule on purpose. The program ends; the kernel says how, and goes on.

using System;
using MinusOne.Guests.Kernel.User;

namespace MinusOne.Guests.Kernel.Programs;

internal static unsafe class Crash
{
    public const int Ways = 7;

    public static int Run(ReadOnlySpan<byte> words)
    {
        ReadOnlySpan<byte> way = Arguments.FirstWord(words);
        int number = way.SequenceEqual("null"u8) ? 0 : way.SequenceEqual("ud2"u8) ? 1 : way.SequenceEqual("stack"u8) ? 2
            : way.SequenceEqual("kernel"u8) ? 3 : way.SequenceEqual("cli"u8) ? 4 : way.SequenceEqual("code"u8) ? 5
            : way.SequenceEqual("divide"u8) ? 6 : Ways;
        By(number);
        return Small.Usage("crash null|ud2|stack|kernel|cli|code|divide"u8);
    }

    public static void By(int way)
    {
        switch (way)
        {
            case 0:
                *(byte*)16 = 1;
                break;
            case 1:
                Faults.InvalidInstruction();
                break;
            case 2:
                Recurse(1);
                break;
            case 3:
                Output.Write(new ReadOnlySpan<byte>((byte*)0x20_0000, 1));
                break;
            case 4:
                Faults.DisableInterrupts();
                break;
            case 5:
                Faults.JumpTo((ulong)Sys.Extend(4096));
                break;
            case 6:
                Faults.DivideByZero();
                break;
        }
    }

    private static ulong Recurse(ulong depth) => depth == 0 ? 0 : Recurse(depth + 1) * depth + 1;
}
