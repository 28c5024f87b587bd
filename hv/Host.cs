// What the hypervisor asks of the program around it, besides the processor: somewhere to write to and to read from. Like Cpu,
// implemented in efi/ for the image and in tests/ for the unit tests, and chosen at link time.

using System;

namespace MinusOne.Hv;

internal enum Output : byte
{
    // The guest's console: COM1.
    Console,

    // The hypervisor's own log: COM2, or COM1 with a prefix where there is only one port.
    Log,
}

internal static unsafe partial class Host
{
    public static partial void Write(Output output, ReadOnlySpan<byte> text);

    // One byte typed at the guest's console, if there is one.
    public static partial bool TryRead(byte* input);
}
