// The words of a packet: hexadecimal numbers, and what stands between them.
namespace MinusOne.Hv.Debug;

internal ref struct GdbText(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    public readonly bool IsEmpty => _rest.IsEmpty;
    public readonly ReadOnlySpan<byte> Rest => _rest;

    // The value of a digit; what is none counts as 0.
    public static int Digit(byte letter)
    {
        int lower = letter | 0x20;
        return letter is >= (byte)'0' and <= (byte)'9' ? letter - '0'
            : lower is >= 'a' and <= 'f' ? lower - 'a' + 10
            : 0;
    }

    public static byte Letter(int value) => "0123456789abcdef"u8[value & 15];

    private static bool IsDigit(byte letter) =>
        letter is >= (byte)'0' and <= (byte)'9' || (letter | 0x20) is >= 'a' and <= 'f';

    // It begins so, and goes on behind that.
    public bool Skip(ReadOnlySpan<byte> word)
    {
        bool isSo = _rest.StartsWith(word);
        _rest = isSo ? _rest.Slice(word.Length) : _rest;
        return isSo;
    }

    // False: there is no number here, or it has more than 64 bits.
    public bool TryNumber(out ulong value)
    {
        value = 0;
        int digits = 0;
        for (; digits < _rest.Length && IsDigit(_rest[digits]); digits++)
        {
            if (value >> 60 != 0)
            {
                return false;
            }

            value = (value << 4) | (uint)Digit(_rest[digits]);
        }

        _rest = _rest.Slice(digits);
        return digits != 0;
    }

    // Two digits, a byte.
    public bool TryByte(out byte value)
    {
        value = 0;
        if (_rest.Length < 2 || !IsDigit(_rest[0]) || !IsDigit(_rest[1]))
        {
            return false;
        }

        value = (byte)((Digit(_rest[0]) << 4) | Digit(_rest[1]));
        _rest = _rest.Slice(2);
        return true;
    }

    // `first,second`, as addresses and lengths stand.
    public bool TryPair(out ulong first, out ulong second)
    {
        second = 0;
        return TryNumber(out first) && Skip(","u8) && TryNumber(out second);
    }

    // What stands in front of the mark, which is left out; without one, all of it.
    public ReadOnlySpan<byte> Until(byte mark)
    {
        int length = _rest.IndexOf(mark);
        ReadOnlySpan<byte> part = length < 0 ? _rest : _rest.Slice(0, length);
        _rest = _rest.Slice(Math.Min(_rest.Length, part.Length + 1));
        return part;
    }
}

