// What `^1` and `1..3` are, so that spans can be indexed from their end and sliced in the language's own notation.
namespace System;

public readonly struct Index
{
    private readonly int _value;

    public Index(int value, bool fromEnd = false)
    {
        if (value < 0)
        {
            Panic.ArgumentOutOfRange();
        }

        _value = fromEnd ? ~value : value;
    }

    public int Value => IsFromEnd ? ~_value : _value;

    public bool IsFromEnd => _value < 0;

    public int GetOffset(int length) => IsFromEnd ? _value + length + 1 : _value;

    public static implicit operator Index(int value) => new(value);
}

public readonly struct Range
{
    public Range(Index start, Index end)
    {
        Start = start;
        End = end;
    }

    public Index Start { get; }

    public Index End { get; }
}
