// Host frames for tables and for guest pages: a stack of returned frames over ranges that are handed out front to back,
// so that nothing has to be prepared for frames nobody asked for. One byte per frame names its owner; double and
// foreign frees are refused. The book-keeping (5 bytes a frame) lives in the first range that has room for it, outside
// the frames, so that a guest that still reaches a returned frame finds no pointer in it. Leaves out runs of frames:
// every user takes single ones. The ranges are expected to be write-back memory; the pool asks no MTRR.

namespace MinusOne.Hv.Memory;

// What a frame of the pool is used for. The pool keeps one count per owner, and a frame comes back only under the owner
// it was given to.
internal enum FrameOwner : byte
{
    Free = 0,

    // Tables that translate guest-physical addresses.
    SecondLevelTable = 1,

    // Tables that the host itself runs on.
    HostTable = 2,

    // Memory that a guest sees.
    GuestPage = 3,

    // VMXON region, VMCS, bitmaps, MSR areas: what a VMX instruction or a VMCS field points to.
    VmxRegion = 4,

    // Stacks, descriptor tables, lists and buffers of the hypervisor.
    Hypervisor = 5,
}

// How giving a frame back ends. Anything but Freed is a defect of the caller, and leaves the pool as it was.
internal enum FreeResult : byte
{
    Freed,

    // The address is no frame of this pool, or not the start of one.
    Foreign,

    AlreadyFree,
    WrongOwner,
}

internal unsafe struct FramePool
{
    public const int MaximumRanges = 16;
    private const int OwnerKinds = 8;
    private const uint MaximumFrames = 1u << 31;

    private uint* _returned;
    private byte* _owners;
    private uint _returnedCount;
    private uint _freshCount;
    private uint _total;
    private int _rangeCount;
    private fixed ulong _rangeStart[MaximumRanges];
    private fixed uint _rangeFirst[MaximumRanges];
    private fixed uint _rangeFrames[MaximumRanges];
    private fixed uint _used[OwnerKinds];

    public readonly uint Total => _total;

    public readonly uint Available => _returnedCount + (_total - _freshCount);

    // Those that the hypervisor needs because there are guests: all but the guests' memory and the host's tables.
    public readonly uint Own =>
        UsedBy(FrameOwner.SecondLevelTable) + UsedBy(FrameOwner.VmxRegion) + UsedBy(FrameOwner.Hypervisor);

    public readonly uint UsedBy(FrameOwner owner) => (int)owner < OwnerKinds ? _used[(int)owner] : 0;

    public readonly bool Contains(Hpa frame) => IndexOf(frame) != uint.MaxValue;

    // Takes over the whole frames of these ranges, which must not overlap. False: no range has room for the
    // book-keeping, or the ranges are too many, too large, or overlap.
    public bool Initialize(ReadOnlySpan<PhysicalRange> ranges)
    {
        this = default;
        if (ranges.Length > MaximumRanges)
        {
            return false;
        }

        ulong frames = 0;
        for (int i = 0; i < ranges.Length; i++)
        {
            frames += WholeFrames(ranges[i]);
            for (int j = 0; j < i; j++)
            {
                if (ranges[i].Start < ranges[j].End && ranges[j].Start < ranges[i].End)
                {
                    return false;
                }
            }
        }

        return frames < MaximumFrames && Distribute(ranges, ((frames * 5) + 0xFFF) >> 12);
    }

    public bool TryAllocate(FrameOwner owner, out Hpa frame)
    {
        uint index;
        if (_returnedCount != 0)
        {
            index = _returned[--_returnedCount];
        }
        else if (_freshCount != _total)
        {
            index = _freshCount++;
        }
        else
        {
            frame = default;
            return false;
        }

        _owners[index] = (byte)owner;
        _used[(int)owner & (OwnerKinds - 1)]++;
        frame = FrameAt(index);
        return true;
    }

    public bool TryAllocateCleared(FrameOwner owner, out Hpa frame)
    {
        if (!TryAllocate(owner, out frame))
        {
            return false;
        }

        Cpu.ClearFrame(frame.Pointer);
        return true;
    }

    public FreeResult Free(Hpa frame, FrameOwner owner)
    {
        uint index = IndexOf(frame);
        if (index == uint.MaxValue)
        {
            return FreeResult.Foreign;
        }

        if (_owners[index] == (byte)FrameOwner.Free)
        {
            return FreeResult.AlreadyFree;
        }

        if (_owners[index] != (byte)owner)
        {
            return FreeResult.WrongOwner;
        }

        _owners[index] = (byte)FrameOwner.Free;
        _used[(int)owner & (OwnerKinds - 1)]--;
        _returned[_returnedCount++] = index;
        return FreeResult.Freed;
    }

    // Free also for a frame that is not the pool's: ask Contains first where that matters.
    public readonly FrameOwner OwnerOf(Hpa frame)
    {
        uint index = IndexOf(frame);
        return index == uint.MaxValue ? FrameOwner.Free : (FrameOwner)_owners[index];
    }

    private bool Distribute(ReadOnlySpan<PhysicalRange> ranges, ulong bookkeepingFrames)
    {
        foreach (ref readonly PhysicalRange range in ranges)
        {
            ulong start = (range.Start.Value + 0xFFF) & ~0xFFFUL;
            ulong frames = WholeFrames(range);
            if (_returned == null && frames >= bookkeepingFrames && frames != 0)
            {
                _returned = (uint*)start;
                start += bookkeepingFrames << 12;
                frames -= bookkeepingFrames;
            }

            _rangeStart[_rangeCount] = start;
            _rangeFirst[_rangeCount] = _total;
            _rangeFrames[_rangeCount++] = (uint)frames;
            _total += (uint)frames;
        }

        if (_returned == null)
        {
            this = default;
            return false;
        }

        // Counted before the book-keeping was taken out, so both arrays fit with a little to spare.
        _owners = (byte*)(_returned + _total);
        new Span<byte>(_owners, (int)_total).Clear();
        return true;
    }

    private readonly Hpa FrameAt(uint index)
    {
        int range = 0;
        while (index - _rangeFirst[range] >= _rangeFrames[range])
        {
            range++;
        }

        return new(_rangeStart[range] + ((ulong)(index - _rangeFirst[range]) << 12));
    }

    private readonly uint IndexOf(Hpa frame)
    {
        for (int range = 0; range < _rangeCount; range++)
        {
            ulong offset = frame.Value - _rangeStart[range];
            if (offset >> 12 < _rangeFrames[range])
            {
                return (offset & 0xFFF) == 0 ? _rangeFirst[range] + (uint)(offset >> 12) : uint.MaxValue;
            }
        }

        return uint.MaxValue;
    }

    private static ulong WholeFrames(in PhysicalRange range)
    {
        ulong first = (range.Start.Value >> 12) + (range.Start.PageOffset != 0 ? 1UL : 0);
        ulong end = range.End.Value >> 12;
        return end > first ? end - first : 0;
    }
}
