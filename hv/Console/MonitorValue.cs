// What stands behind a command of the monitor: addresses, numbers, parts of names.
namespace MinusOne.Hv.Console;

internal static unsafe class MonitorValue
{
    private const int GeneralRegisters = 16;

    // Hexadecimal, or a register; those that point into a segment with its base.
    public static bool TryAddress(ReadOnlySpan<byte> word, Vcpu* vcpu, out ulong value)
    {
        value = GuestLook.AtRip.Value;
        if (Spelling.Are(word, "rip"u8))
        {
            return true;
        }

        value = GuestState.Base(GuestSegment.Ss) + GuestState.Rsp;
        if (Spelling.Are(word, "rsp"u8))
        {
            return true;
        }

        value = Spelling.Are(word, "cr2"u8) ? GuestState.Cr2 : GuestState.Cr3;
        if (Spelling.Are(word, "cr2"u8) || Spelling.Are(word, "cr3"u8))
        {
            return true;
        }

        for (int i = 0; i < GeneralRegisters; i++)
        {
            ReadOnlySpan<byte> name = RegisterNames.Of(i);
            if (Spelling.Are(word, name[2] == ' ' ? name.Slice(0, 2) : name))
            {
                value = vcpu->Registers[i];
                return true;
            }
        }

        return TryHex(word, out value);
    }

    // With 0x before it or h behind it, or without.
    public static bool TryHex(ReadOnlySpan<byte> word, out ulong value)
    {
        value = 0;
        word = Spelling.Begin(word, "0x"u8) ? word.Slice(2) : word;
        word = word.Length > 1 && Spelling.Small(word[word.Length - 1]) == 'h' ? word.Slice(0, word.Length - 1) : word;
        foreach (byte letter in word)
        {
            int digit = Spelling.Small(letter) switch
            {
                >= (byte)'0' and <= (byte)'9' => letter - '0',
                >= (byte)'a' and <= (byte)'f' => Spelling.Small(letter) - 'a' + 10,
                _ => -1,
            };
            if (digit < 0 || value >> 60 != 0)
            {
                return false;
            }

            value = (value << 4) | (uint)digit;
        }

        return !word.IsEmpty;
    }

    // The next word, if there is one: decimal, or hexadecimal with 0x, from 1 to the most.
    public static bool TryCount(ref MonitorCall call, ulong usual, ulong most, out ulong value)
    {
        value = usual;
        if (!call.Words.MoveNext())
        {
            return true;
        }

        ReadOnlySpan<byte> word = call.Words.Current;
        if (Spelling.Begin(word, "0x"u8))
        {
            return TryHex(word, out value) && value - 1 < most;
        }

        value = 0;
        foreach (byte letter in word)
        {
            if (letter is < (byte)'0' or > (byte)'9' || value > most)
            {
                return false;
            }

            value = (value * 10) + (uint)(letter - '0');
        }

        return value - 1 < most;
    }

    // The part of a name that was asked for; empty: all of them.
    public static ReadOnlySpan<byte> Rest(ref MonitorCall call) => call.Words.MoveNext() ? call.Words.Current : default;
}
