// A hierarchy of tables and its naive oracle side by side: every operation goes to both, and then everything is
// compared - translations of all pages, the structure of the tables, and whether an invalidation is due exactly when a
// translation that could be remembered has changed its target, rights, type or leaf size.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

internal sealed unsafe class TableModel
{
    private readonly Arena _arena;
    private readonly int _largestLeaf;
    private readonly FlatMap _flat;
    private readonly (Translation Translation, bool Sampled)[] _remembered;
    private PageTable _table;

    public TableModel(Arena arena, PageFormat format, int largestLeaf, FlatMap flat)
    {
        _arena = arena;
        _largestLeaf = largestLeaf;
        IsEpt = format == PageFormat.Ept;
        _flat = flat;
        _remembered = new (Translation, bool)[flat.Count];
        Assert.True(_table.Initialize(arena.Pool, FrameOwner.SecondLevelTable, format, largestLeaf));
    }

    public ref PageTable Table => ref _table;

    // Only EPT says memory types.
    public bool IsEpt { get; }

    public string What { get; set; } = "";

    // Pages to compare beyond the edges of an operation; 1 compares every page.
    public int Stride { get; set; } = 1;

    public TableStatus Map(ulong input, ulong length, ulong output, PageRights rights, MemoryType type)
    {
        Remember();
        TableStatus status = _table.Map(input, length, new(output), new(rights, type));
        if (status == TableStatus.Done)
        {
            Assert.True(_flat.Map(input, length, output, rights, type), What);
        }
        else if (status == TableStatus.AlreadyMapped)
        {
            Assert.False(_flat.Map(input, length, output, rights, type), What);
        }

        Assert.False(_table.IsStale, What);
        Compare(input, length);
        return status;
    }

    public TableStatus Unmap(ulong input, ulong length)
    {
        Remember();
        TableStatus status = _table.Unmap(input, length);
        if (status == TableStatus.Done)
        {
            _flat.Unmap(input, length);
        }

        Compare(input, length);
        return status;
    }

    public TableStatus Protect(ulong input, ulong length, PageRights rights)
    {
        Remember();
        TableStatus status = _table.Protect(input, length, rights);
        if (status == TableStatus.Done)
        {
            _flat.Protect(input, length, rights);
        }

        Compare(input, length);
        return status;
    }

    // Everything in the range that can be, to the largest leaves.
    public void Merge(ulong input, ulong length)
    {
        Remember();
        for (int level = PageLevel.Page2M; level <= PageLevel.Page1G; level++)
        {
            ulong size = PageLevel.Size(level);
            for (ulong at = input & ~(size - 1); at < input + length; at += size)
            {
                bool isSmall = _table.Translate(at).Level < level;
                if (_table.TryMerge(at, level))
                {
                    Assert.True(isSmall && _table.Translate(at).Level == level, What);
                }
            }
        }

        Compare(_flat.Start, _flat.End - _flat.Start);
    }

    public void Release()
    {
        uint before = _arena.Available;
        uint tables = _table.Tables;
        _table.Release();
        Assert.True(_arena.Available == before + tables, What);
        Assert.True(_arena.Pool->UsedBy(FrameOwner.SecondLevelTable) == 0, What);
    }

    private void Remember()
    {
        for (int page = 0; page < _flat.Count; page += Stride)
        {
            _remembered[page] = (_table.Translate(_flat.Start + ((ulong)page << 12)), true);
        }
    }

    private void Compare(ulong input, ulong length)
    {
        TableInvariants.Check(ref _table, _arena.Pool, FrameOwner.SecondLevelTable, _largestLeaf, What);
        bool changed = false;
        for (int page = 0; page < _flat.Count; page += Stride)
        {
            changed |= ComparePage(page);
        }

        Assert.True(!changed || _table.IsStale, $"{What}: invalidation forgotten");
        Assert.True(Stride != 1 || changed == _table.IsStale, $"{What}: invalidation without need");
        _table.IsStale = false;
        int first = (int)((input - _flat.Start) >> 12), last = first + (int)(length >> 12);
        foreach (int page in (ReadOnlySpan<int>)[first - 1, first, last - 1, last])
        {
            if (page >= 0 && page < _flat.Count)
            {
                ComparePage(page);
            }
        }
    }

    // True: what a processor could have remembered of this page is wrong now.
    private bool ComparePage(int page)
    {
        ulong input = _flat.Start + ((ulong)page << 12);
        Translation now = _table.Translate(input + 0x123);
        (ulong output, PageRights rights, MemoryType type) = _flat[page];
        Assert.True(now.IsMapped == (rights != 0), What);
        if (now.IsMapped)
        {
            Assert.True(now.Address.Value == output + 0x123, What);
            Assert.True((now.Attributes.Rights, now.Attributes.Type) == (rights, type), What);
        }

        Translation before = _remembered[page].Translation;
        return _remembered[page].Sampled && before.IsMapped
            && (before.Level != now.Level || !before.Attributes.Equals(now.Attributes)
                || before.Address + 0x123 != now.Address);
    }
}

// The naive oracle of page tables: a flat array with what every page of a window is mapped to. It knows nothing of
// levels.
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
