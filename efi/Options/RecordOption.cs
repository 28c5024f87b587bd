// Which exits go to the port for them: on, or words with commas between them - kinds of exits, a reason by its number,
// addresses of the guest's. io,msr,rip=200000-2FFFFF. Without a kind or a reason it is all of them.

using System;

namespace MinusOne.Efi.Options;

internal static class RecordOption
{
    // Each kind, and behind it the reasons that belong to it.
    private static ReadOnlySpan<byte> Kinds =>
        "exception 0 interrupt 1 7 8 cpuid 10 hlt 12 tsc 16 51 vmcall 18 cr 28 dr 29 io 30 msr 31 32 pause 40"u8
        + " apic 43 44 45 56 memory 48 49 timer 52"u8;

    public static bool TryParse(ReadOnlySpan<byte> text, out ExitFilter filter)
    {
        filter = new ExitFilter { LastRip = ulong.MaxValue };
        filter.IsOn = !text.SequenceEqual("off"u8) && !text.SequenceEqual("no"u8);
        if (!filter.IsOn || text.SequenceEqual("on"u8) || text.SequenceEqual("yes"u8))
        {
            return true;
        }

        bool hasReasons = false;
        while (true)
        {
            int comma = text.IndexOf((byte)',');
            if (!TryAdd(comma < 0 ? text : text.Slice(0, comma), ref filter, ref hasReasons))
            {
                return false;
            }

            if (comma < 0)
            {
                break;
            }

            text = text.Slice(comma + 1);
        }

        return true;
    }

    private static bool TryAdd(ReadOnlySpan<byte> word, ref ExitFilter filter, ref bool hasReasons)
    {
        if (word.StartsWith("rip="u8))
        {
            return TryRange(word.Slice(4), out filter.FirstRip, out filter.LastRip);
        }

        if (!hasReasons)
        {
            filter.LeaveAllOut();
            hasReasons = true;
        }

        return word.StartsWith("reason="u8)
            ? TryTake(word.Slice(7), ref filter)
            : TryTakeKind(word, ref filter);
    }

    private static bool TryTake(ReadOnlySpan<byte> number, ref ExitFilter filter)
    {
        bool isReason = Number.TryParse(number, out ulong reason) && reason <= ushort.MaxValue;
        if (isReason)
        {
            filter.Take((uint)reason);
        }

        return isReason;
    }

    private static bool TryTakeKind(ReadOnlySpan<byte> word, ref ExitFilter filter)
    {
        bool isKnown = false;
        bool isIts = false;
        foreach (ReadOnlySpan<byte> kind in new WordList(Kinds))
        {
            if (!Number.TryParse(kind, out ulong number))
            {
                isIts = kind.SequenceEqual(word);
                isKnown |= isIts;
            }
            else if (isIts)
            {
                filter.Take((uint)number);
            }
        }

        return isKnown;
    }

    private static bool TryRange(ReadOnlySpan<byte> text, out ulong first, out ulong last)
    {
        int dash = text.IndexOf((byte)'-');
        bool isGood = TryHex(dash < 0 ? text : text.Slice(0, dash), out first);
        last = first;
        return isGood && (dash < 0 || (TryHex(text.Slice(dash + 1), out last) && last >= first));
    }

    private static bool TryHex(ReadOnlySpan<byte> text, out ulong value)
    {
        Span<byte> number = stackalloc byte[18];
        bool isMarked = text.StartsWith("0x"u8);
        int digits = isMarked ? text.Length - 2 : text.Length;
        value = 0;
        if (digits is <= 0 or > 16)
        {
            return false;
        }

        "0x"u8.CopyTo(number);
        text.Slice(text.Length - digits).CopyTo(number.Slice(2));
        return Number.TryParse(number.Slice(0, digits + 2), out value);
    }
}
