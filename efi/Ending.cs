// How a run ends: one line for programs to read, the last of the log. `status` is the exit status of ./build.sh run.

using System;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi;

internal static class Ending
{
    private const uint Refused = 2;

    // The sentence, if it has not been said, and where it leads: back to firmware.
    public static EfiStatus Refuse(EfiStatus status, ReadOnlySpan<byte> sentence = default)
    {
        if (!sentence.IsEmpty)
        {
            Writer.Log.Text("minusone: "u8).Text(sentence).EndLine();
        }

        Result(Refused, "refused"u8);
        return status;
    }

    public static void Result(uint status, ReadOnlySpan<byte> end) =>
        Writer.Log.Text("minusone: result status="u8).Decimal(status).Text(" end="u8).Text(end).EndLine();
}
