// The kernel's own voice, and the far end of every console handle: text on COM1, lines ended as terminals want them.

using System;

namespace MinusOne.Guests.Kernel.Devices
{
    internal static class Console
    {
        public static void Write(ReadOnlySpan<byte> text)
        {
            foreach (byte value in text)
            {
                if (value == '\n')
                {
                    Uart.Write((byte)'\r');
                }

                Uart.Write(value);
            }
        }
    }
}

// What the text writer of hv/Report asks for.
namespace MinusOne.Hv
{
    internal static partial class Host
    {
        public static partial void Write(Output output, ReadOnlySpan<byte> text) =>
            Guests.Kernel.Devices.Console.Write(text);
    }
}
