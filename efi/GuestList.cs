// The names of the guests to run, kept where they outlive the firmware's buffers.

using System;
using System.Runtime.CompilerServices;

namespace MinusOne.Efi;

internal struct GuestList
{
    private const int Most = 512;

    private Letters _letters;
    private int _length;

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ReadOnlySpan<byte> Names => ((ReadOnlySpan<byte>)_letters).Slice(0, _length);

    public bool TrySet(ReadOnlySpan<byte> names)
    {
        if (names.Length > Most)
        {
            return false;
        }

        names.CopyTo(_letters);
        _length = names.Length;
        return true;
    }

    [InlineArray(Most)]
    private struct Letters
    {
        private byte _first;
    }
}
