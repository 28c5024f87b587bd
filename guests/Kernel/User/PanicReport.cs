// The end of a program that broke a rule of its language.

using MinusOne.Guests.Kernel.User;

namespace System;

internal static partial class Panic
{
    private static partial void Report(ReadOnlySpan<byte> what)
    {
        Writer.Console.Text("panic: "u8).Text(what).EndLine();
        Sys.Exit(134);
    }
}
