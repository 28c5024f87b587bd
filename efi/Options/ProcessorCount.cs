// How many of the machine's processors a run works with: hostcpus = 4.

using System;

namespace MinusOne.Efi.Options;

internal static class ProcessorCount
{
    // False: this is no number from 1 on. Without the option it is one.
    public static bool TryRead(OptionText options, out ulong wanted, out ReadOnlySpan<byte> text)
    {
        wanted = 1;
        return !options.TryGet("hostcpus"u8, out text) || (Number.TryParse(text, out wanted) && wanted != 0);
    }
}
