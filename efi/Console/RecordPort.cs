// The fourth serial port, by which a trace or a snapshot leaves, if one was asked for.

using System;

namespace MinusOne.Efi.Console;

internal static class RecordPort
{
    private static SidePort s_port;

    // What was lost of one thing would be taken for a part of the next: then there is none any more.
    private static bool s_isLost;

    public static bool TryOpen() => !s_isLost && (s_port.IsThere || s_port.TryOpen(SidePort.Com4));

    public static bool TryPut(ReadOnlySpan<byte> bytes)
    {
        s_isLost = s_isLost || !s_port.TryPut(bytes);
        return !s_isLost;
    }
}
