// The ranges of one address space in ascending order; they come, move and go while the guest runs. An access goes to a
// device whole if the device has all of it and takes that width; otherwise it falls into bytes at consecutive
// addresses, as on an ISA bus, each to whichever device has it. What nobody claims reads as all ones and ignores
// writes. The short path finds its chips without a search: an index of their ports, or pages, is made anew with every
// change. A place of it can be meant for several; the first that comes keeps it, and others take the long way.

namespace MinusOne.Hv.Devices;

internal unsafe struct BusRanges
{
    public const int Most = 40;

    // In a place of the index: the chip, the offset of the port or page, and which it is.
    public const int OffsetShift = 8;
    private const int KeyShift = 24;
    private const int Places = 32;

    // The index is reached without the table: Board.ShortPorts, ShortPages.
    public fixed ulong Short[Places];
    private RangeArray _ranges;

    // The highest address, and how much of an address lies within a page.
    public ulong Last;
    public int PageShift;

    // Which had the access before this one.
    private int _recent;

    public int Count { readonly get; private set; }

    public bool HasRefused { readonly get; private set; }

    [UnscopedRef]
    public ref readonly BusRange this[int index] => ref _ranges[index];

    // False: it overlaps another one, lies outside, or there is no room.
    public bool TryAdd(ulong first, uint bytes, in BusRange device, uint start = 0)
    {
        BusRange range = device;
        range.First = first;
        range.Bytes = bytes;
        range.Base = (byte)start;
        bool isAdded = TryInsert(range);
        HasRefused |= !isAdded;
        return isAdded;
    }

    // False: no range begins there.
    public bool TryRemove(ulong first) => TryTake(first, out _);

    // False: no range begins there, or there is no room for it at the other address. It stays where it was.
    public bool TryMove(ulong first, ulong to)
    {
        if (!TryTake(first, out BusRange range))
        {
            return false;
        }

        range.First = to;
        bool isMoved = TryInsert(range);
        range.First = first;
        return isMoved || !TryInsert(range);
    }

    public ulong Read(Board* board, ulong address, int bytes)
    {
        BusRange* range = Find(address, bytes);
        if (range != null)
        {
            byte clock = range->Clock;
            ulong value = range->Read(range->Owner, range->Offset(address), bytes);
            Settle(board, clock);
            return value;
        }

        ulong all = bytes == 1 ? byte.MaxValue : 0UL;
        for (int i = 0; bytes > 1 && i < bytes; i++)
        {
            all |= (ulong)(byte)Read(board, (address + (ulong)i) & Last, 1) << (8 * i);
        }

        return all;
    }

    public void Write(Board* board, ulong address, int bytes, ulong value)
    {
        BusRange* range = Find(address, bytes);
        if (range != null)
        {
            byte clock = range->Clock;
            range->Write(range->Owner, range->Offset(address), bytes, value);
            Settle(board, clock);
            return;
        }

        for (int i = 0; bytes > 1 && i < bytes; i++)
        {
            Write(board, (address + (ulong)i) & Last, 1, (byte)(value >> (8 * i)));
        }
    }

    // A chip of the short path, with its offset, by port or page, if the place is meant for that: IsFor.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong FindShort(ulong* places, ulong key) =>
        places[((uint)key ^ ((uint)key >> 6)) & (Places - 1)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsFor(ulong place, ulong key) => place >> KeyShift == key;

    // An access can change lines and deadlines, even one that reads.
    private static void Settle(Board* board, byte clock)
    {
        if (clock != 0)
        {
            board->Bus->Elapse(board, clock, board->Now);
            Deadlines.BoardChanged(board);
        }
    }

    private BusRange* At(int index) => (BusRange*)Unsafe.AsPointer(ref _ranges) + index;

    private BusRange* Find(ulong address, int bytes)
    {
        if (_recent >= Count || !At(_recent)->Takes(address, bytes))
        {
            int index = IndexOf(address);
            if (index < 0 || !At(index)->Takes(address, bytes))
            {
                return null;
            }

            _recent = index;
        }

        return At(_recent);
    }

    private bool TryInsert(in BusRange range)
    {
        int before = IndexOf(range.First);
        if (Count == Most || range.Bytes == 0 || range.First > Last || range.Bytes - 1 > Last - range.First
            || (before >= 0 && At(before)->End >= range.First)
            || (before + 1 < Count && At(before + 1)->First <= range.End))
        {
            return false;
        }

        for (int i = Count++; i > before + 1; i--)
        {
            *At(i) = *At(i - 1);
        }

        *At(before + 1) = range;
        SetShort();
        return true;
    }

    private bool TryTake(ulong first, out BusRange range)
    {
        int index = IndexOf(first);
        range = index < 0 ? default : *At(index);
        if (range.First != first || range.Bytes == 0)
        {
            return false;
        }

        Count--;
        for (int i = index; i < Count; i++)
        {
            *At(i) = *At(i + 1);
        }

        SetShort();
        return true;
    }

    // The last range that begins at the address or before it, or -1.
    private int IndexOf(ulong address)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (At(middle)->First <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private void SetShort()
    {
        ulong* places = (ulong*)Unsafe.AsPointer(ref Short[0]);
        new Span<ulong>(places, Places).Clear();
        ulong page = 1UL << PageShift;
        for (int i = 0; i < Count; i++)
        {
            BusRange* range = At(i);
            bool isShort = range->Chip != ShortChip.None && (range->First & (page - 1)) == 0;
            for (ulong at = range->First; isShort && at <= range->End; at += page)
            {
                ulong key = at >> PageShift;
                ref ulong place = ref places[((uint)key ^ ((uint)key >> 6)) & (Places - 1)];
                place = place != 0 ? place
                    : key << KeyShift | (ulong)range->Offset(at) << OffsetShift | (ulong)range->Chip;
            }
        }
    }

    [InlineArray(Most)]
    private struct RangeArray
    {
        private BusRange _first;
    }
}
