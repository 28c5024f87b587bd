// How a run ends: one line for programs to read, the last of the log. `status` is the exit status of ./build.sh run.

using System;

namespace MinusOne.Efi;

internal static class Ending
{
    public static void Result(uint status, ReadOnlySpan<byte> end) =>
        Writer.Log.Text("minusone: result status="u8).Decimal(status).Text(" end="u8).Text(end).EndLine();
}
