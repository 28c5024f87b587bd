// One line of options: its number, for messages, and its two halves.

using System;

namespace MinusOne.Efi.Options;

internal readonly ref struct OptionLine
{
    public OptionLine(int number, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Number = number;
        Key = key;
        Value = value;
    }

    public int Number { get; }

    public ReadOnlySpan<byte> Key { get; }

    public ReadOnlySpan<byte> Value { get; }
}
