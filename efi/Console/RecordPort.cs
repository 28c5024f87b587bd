// The fourth serial port, by which a trace or a snapshot leaves, if one was asked for.

using System;

namespace MinusOne.Efi.Console;

internal static class RecordPort
{
    private static SidePort s_port;

    public static bool TryOpen() => s_port.IsThere || s_port.TryOpen(SidePort.Com4);

    public static bool TryPut(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (!s_port.TryPut(value))
            {
                return false;
            }
        }

        return true;
    }
}
