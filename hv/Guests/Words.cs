// The words of a line, one after the other, without copying.

using System;

namespace MinusOne.Hv.Guests;

internal ref struct Words
{
    private ReadOnlySpan<byte> _rest;

    public Words(ReadOnlySpan<byte> line)
    {
        _rest = line;
        Current = default;
    }

    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly Words GetEnumerator() => this;

    public bool MoveNext()
    {
        int start = 0;
        while (start < _rest.Length && _rest[start] == ' ')
        {
            start++;
        }

        int end = start;
        while (end < _rest.Length && _rest[end] != ' ')
        {
            end++;
        }

        Current = _rest.Slice(start, end - start);
        _rest = _rest.Slice(end);
        return !Current.IsEmpty;
    }
}
