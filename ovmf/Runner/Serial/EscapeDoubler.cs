// The hypervisor takes Ctrl-A for itself and passes a doubled one on. Input that is not typed is meant for the guest as
// it is: every Ctrl-A in it is doubled.

using System;

namespace MinusOne.Ovmf.Runner.Serial;

internal static class EscapeDoubler
{
    private const byte Escape = 0x01;

    // `output` has room for twice the input.
    public static int Double(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int length = 0;
        foreach (byte value in input)
        {
            output[length++] = value;
            if (value == Escape)
            {
                output[length++] = value;
            }
        }

        return length;
    }
}
