// A program's output, gathered into pieces: a call of the kernel for each character would be a waste.

using System;
using System.Runtime.CompilerServices;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.User
{
    internal static unsafe class Output
    {
        private const int Capacity = 256;

        private static Buffer s_buffer;
        private static int s_count;

        public static void Write(ReadOnlySpan<byte> text)
        {
            var bytes = (byte*)Unsafe.AsPointer(ref s_buffer);
            foreach (byte value in text)
            {
                if (s_count == Capacity)
                {
                    Flush();
                }

                bytes[s_count++] = value;
            }
        }

        public static void Flush()
        {
            ulong from = (ulong)Unsafe.AsPointer(ref s_buffer);
            ulong left = (ulong)s_count;
            s_count = 0;
            while (left > 0)
            {
                long done = Sys.Call(Call.Write, 1, from, left);
                if (done <= 0)
                {
                    // Nobody reads any more, or there is no room: there is nobody to tell either.
                    Sys.Call(Call.Exit, 1);
                }

                from += (ulong)done;
                left -= (ulong)done;
            }
        }

        [InlineArray(Capacity)]
        private struct Buffer
        {
            private byte _first;
        }
    }
}

// What the text writer of hv/Report asks for.
namespace MinusOne.Hv
{
    internal static partial class Host
    {
        public static partial void Write(Output output, ReadOnlySpan<byte> text) =>
            MinusOne.Guests.Kernel.User.Output.Write(text);
    }
}
