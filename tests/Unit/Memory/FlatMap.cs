// The naive oracle of page tables: a flat array with what every page of a window is mapped to. It knows nothing of
// levels.

using System;

namespace MinusOne.Tests.Unit.Memory;

internal sealed class FlatMap
{
    private readonly (ulong Output, PageRights Rights, MemoryType Type)[] _pages;

    public FlatMap(ulong start, int pages)
    {
        Start = start;
        _pages = new (ulong, PageRights, MemoryType)[pages];
    }

    public ulong Start { get; }

    public int Count => _pages.Length;

    public ulong End => Start + ((ulong)Count << 12);

    public (ulong Output, PageRights Rights, MemoryType Type) this[int page] => _pages[page];

    public bool Map(ulong input, ulong length, ulong output, PageRights rights, MemoryType type)
    {
        int first = (int)((input - Start) >> 12), count = (int)(length >> 12);
        for (int i = first; i < first + count; i++)
        {
            if (_pages[i].Rights != 0)
            {
                return false;
            }
        }

        for (int i = 0; i < count; i++)
        {
            _pages[first + i] = (output + ((ulong)i << 12), rights, type);
        }

        return true;
    }

    public void Unmap(ulong input, ulong length) =>
        Array.Clear(_pages, (int)((input - Start) >> 12), (int)(length >> 12));

    public void Protect(ulong input, ulong length, PageRights rights)
    {
        int first = (int)((input - Start) >> 12), count = (int)(length >> 12);
        for (int i = first; i < first + count; i++)
        {
            _pages[i].Rights = _pages[i].Rights == 0 ? 0 : rights;
        }
    }
}
