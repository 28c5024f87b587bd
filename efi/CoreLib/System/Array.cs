// Arrays exist only as frozen data (`static readonly` tables): read, measured, viewed as spans, never created at run
// time.
namespace System;

public abstract class Array
{
    internal int _length;

    public int Length => _length;
}

// ILC wants the generic shape of T[] under this name.
internal sealed class Array<T> : Array
{
}
