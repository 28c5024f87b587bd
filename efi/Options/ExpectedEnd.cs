// How a guest is meant to end, as people write it: by the word that the report has for the end, like `reset`, or by
// what it writes to the exit port, `exit=0`.

using System;
using MinusOne.Hv.Processor;

namespace MinusOne.Efi.Options;

internal static class ExpectedEnd
{
    private static ReadOnlySpan<byte> Exit => "exit="u8;

    public static bool TryParse(ReadOnlySpan<byte> text, out GuestEnd end, out uint value)
    {
        value = 0;
        if (text.StartsWith(Exit))
        {
            end = GuestEnd.DebugExit;
            bool isNumber = Number.TryParse(text.Slice(Exit.Length), out ulong number) && number <= uint.MaxValue;
            value = (uint)number;
            return isNumber;
        }

        for (end = GuestEnd.PoweredOff; end <= GuestEnd.MachineCheck; end++)
        {
            if (end != GuestEnd.DebugExit && GuestEnds.Word(end).SequenceEqual(text))
            {
                return true;
            }
        }

        return false;
    }
}
