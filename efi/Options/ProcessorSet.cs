// Which processors of the machine a guest may have its turns on: cpus = 0,2-3. They are counted from 0, which is the
// one that firmware started.

using System;

namespace MinusOne.Efi.Options;

internal static class ProcessorSet
{
    private const ulong Most = 64;

    // Without the option it stays as it was. False: what is there names no processors.
    public static bool TryRead(OptionText options, ref ulong set, out ReadOnlySpan<byte> text)
    {
        if (!options.TryGet("cpus"u8, out text))
        {
            return true;
        }

        bool isGood = TryParse(text, out ulong read);
        set = isGood ? read : set;
        return isGood;
    }

    // A bit for each. There is one at least.
    public static bool TryParse(ReadOnlySpan<byte> text, out ulong set)
    {
        set = 0;
        int comma;
        do
        {
            comma = text.IndexOf((byte)',');
            if (!TryParseRange(OptionText.Trim(comma < 0 ? text : text.Slice(0, comma)), ref set))
            {
                set = 0;
                return false;
            }

            text = text.Slice(comma + 1);
        }
        while (comma >= 0);

        return true;
    }

    private static bool TryParseRange(ReadOnlySpan<byte> text, ref ulong set)
    {
        int dash = text.IndexOf((byte)'-');
        if (!Number.TryParse(dash < 0 ? text : text.Slice(0, dash), out ulong first)
            || !Number.TryParse(text.Slice(dash + 1), out ulong last) || last < first || last >= Most)
        {
            return false;
        }

        set |= (ulong.MaxValue << (int)first) & (ulong.MaxValue >> (int)(Most - 1 - last));
        return true;
    }
}
