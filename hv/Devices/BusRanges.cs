// The ranges of one address space in ascending order; they come and move while the guest runs. An access goes to a
// device whole if the device has all of it and takes that width; otherwise it falls into bytes at consecutive
// addresses, as on an ISA bus, each to whichever device has it. What nobody claims reads as all ones and ignores
// writes. The short path finds its chips without a search, by an index of their ports, or pages. A place of it can be
// meant for several; the first that comes keeps it, and others take the long way.
namespace MinusOne.Hv.Devices;

internal unsafe struct BusRanges
{
    public const int Most = 36;

    // In a place of the index: the chip, the offset of the port or page, and which it is.
    public const int OffsetShift = 8;
    private const int KeyShift = 24;
    public const int Places = 32;

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
        int place = IndexOf(first) + 1;
        bool fits = Count < Most && bytes != 0 && first <= Last && bytes - 1 <= Last - first
            && (place == 0 || At(place - 1)->End < first) && (place == Count || At(place)->First > range.End);
        HasRefused |= !fits;
        if (fits)
        {
            for (int i = Count++; i > place; i--)
            {
                *At(i) = *At(i - 1);
            }

            *At(place) = range;
            SetShort(At(place));
        }

        return fits;
    }

    // False: no range begins there, or there is no room for it at the other address. It stays where it was.
    public bool TryMove(ulong first, ulong to)
    {
        int place = IndexOf(first);
        if (place < 0 || At(place)->First != first)
        {
            return false;
        }

        BusRange range = *At(place);
        RemoveAt(place);
        return TryAdd(to, range.Bytes, range, range.Base) || !TryAdd(first, range.Bytes, range, range.Base);
    }

    // What begins there, if anything does.
    public void Remove(ulong first)
    {
        int place = IndexOf(first);
        if (place >= 0 && At(place)->First == first)
        {
            RemoveAt(place);
        }
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
    public static ulong FindShort(ulong* places, ulong key) => places[((uint)key ^ ((uint)key >> 6)) & (Places - 1)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsFor(ulong place, ulong key) => place >> KeyShift == key;

    // An access can change lines and deadlines, even one that reads. What virtio has put off is done at its deadline:
    // an instruction may have many accesses, and each would do a part of it.
    public static void Settle(Board* board, byte clock)
    {
        if (clock != 0 && (clock != board->VirtioClock || board->Bus->DueOf(clock) > board->Now))
        {
            board->Bus->Elapse(board, clock, board->Now);
            Deadlines.BoardChanged(board);
        }
    }

    private BusRange* At(int index) => (BusRange*)Unsafe.AsPointer(ref _ranges) + index;

    // The range that takes the whole access, or null. The pointer is good until a range comes or moves.
    public BusRange* Find(ulong address, int bytes)
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

    private void RemoveAt(int place)
    {
        Count--;
        for (int i = place; i < Count; i++)
        {
            *At(i) = *At(i + 1);
        }

        new Span<ulong>(Unsafe.AsPointer(ref Short[0]), Places).Clear();
        for (int i = 0; i < Count; i++)
        {
            SetShort(At(i));
        }
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

    private void SetShort(BusRange* range)
    {
        ulong page = 1UL << PageShift;
        bool isShort = range->Chip != ShortChip.None && (range->First & (page - 1)) == 0;
        for (ulong at = range->First; isShort && at <= range->End; at += page)
        {
            ulong key = at >> PageShift;
            ref ulong place = ref Short[((uint)key ^ ((uint)key >> 6)) & (Places - 1)];
            place = place != 0 ? place : key << KeyShift | (ulong)range->Offset(at) << OffsetShift | (ulong)range->Chip;
        }
    }

    [InlineArray(Most)]
    private struct RangeArray { private BusRange _first; }
}
