// What the guest has written and the serial line and the screen have yet to take: both are far slower than the guest's
// OUT, which only puts a byte in here. Emptied a little at every look at the console and at timer exits, and entirely
// before anything else is written. Full, it makes the guest wait; it never drops a byte.

using System;
using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Console;

internal static class Outbox
{
    private const uint Size = 4096;

    // The port's FIFO, and what the screen gets at a time: drawing a letter takes a thousand instructions.
    private const uint Burst = 16;

    // With several processors no byte is put here without the lock.
    private static uint s_shortPlaces = Burst - 1;

    private static Bytes s_bytes;
    private static uint s_end;
    private static uint s_sent;
    private static uint s_drawn;

    // There is still room for what one exit can print.
    public static bool IsCongested => Math.Max(s_end - s_sent, s_end - s_drawn) > Size - 1024;

    public static void Put(byte value)
    {
        uint end = s_end;
        if ((end & (Burst - 1)) == 0)
        {
            Pump();
            while (end - s_sent > Size - Burst || end - s_drawn > Size - Burst)
            {
                Move(wait: true);
            }
        }

        Keep(end, value);
    }

    // False: it is time to move something on.
    public static bool TryPut(byte value)
    {
        uint end = s_end;
        if ((end & s_shortPlaces) == 0)
        {
            return false;
        }

        Keep(end, value);
        return true;
    }

    public static void Share(bool isShared) => s_shortPlaces = isShared ? 0 : Burst - 1;

    public static void Pump() => Move(wait: false);

    public static void Flush()
    {
        while (s_sent != s_end || s_drawn != s_end)
        {
            Move(wait: true);
        }

        Screen.Show();
    }

    private static void Keep(uint end, byte value)
    {
        s_bytes[(int)(end & (Size - 1))] = value;
        s_end = end + 1;
    }

    private static void Move(bool wait)
    {
        SerialPort port = Streams.Console;
        bool isReady = port.IsThere && s_sent != s_end && (port.IsReady || (wait && Streams.IsReady(port)));
        for (uint i = 0; isReady && i < Burst && s_sent != s_end; i++)
        {
            port.Put(s_bytes[(int)(s_sent++ & (Size - 1))]);
        }

        // Nobody takes it.
        s_sent = isReady || (port.IsThere && !wait) ? s_sent : s_end;

        for (uint i = 0; i < Burst && s_drawn != s_end; i++)
        {
            Screen.Put(s_bytes[(int)(s_drawn++ & (Size - 1))]);
        }

        Screen.ShowPart();
    }

    [InlineArray((int)Size)]
    private struct Bytes
    {
        private byte _first;
    }
}
