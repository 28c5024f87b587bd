// The end of a kernel that broke a rule: its own, or one of the language. The reason, and then nothing more.

using MinusOne.Guests.Kernel.Devices;

namespace System;

internal static partial class Panic
{
    private static partial void Report(ReadOnlySpan<byte> what)
    {
        Writer.Console.Text("\npanic: "u8).Text(what).EndLine();
        Power.Stop();
    }

    public static void Fail(ReadOnlySpan<byte> what) => Report(what);
}
