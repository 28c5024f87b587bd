// The names of the guests to run. They stand in the image or in memory that firmware has lent, and so outlive it.

using System;

namespace MinusOne.Efi;

internal unsafe struct GuestList
{
    private byte* _letters;
    private int _length;

    public readonly ReadOnlySpan<byte> Names => new(_letters, _length);

    public void Set(ReadOnlySpan<byte> names)
    {
        fixed (byte* letters = names)
        {
            _letters = letters;
        }

        _length = names.Length;
    }
}
