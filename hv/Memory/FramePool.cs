// Host frames for tables and for guest pages: a stack of returned frames over ranges that are handed out front to back,
// so that nothing has to be prepared for frames nobody asked for. One byte per frame names its owner; double and
// foreign frees are refused. The book-keeping (5 bytes a frame) lives in the first range that has room for it, outside
// the frames, so that a guest that still reaches a returned frame finds no pointer in it. Of runs of frames there is
// one size, for the maps of intercepted ports and MSRs on AMD: a returned run stays one. The ranges are expected to be
// write-back memory; the pool asks no MTRR.
namespace MinusOne.Hv.Memory;

// What a frame of the pool is used for. The pool counts for each owner, and takes a frame back only under its own.
internal enum FrameOwner : byte
{
    Free = 0,

    // Tables that translate guest-physical addresses; those that the host itself runs on; memory that a guest sees.
    SecondLevelTable = 1,
    HostTable = 2,
    GuestPage = 3,

    // VMXON region, VMCS, bitmaps, MSR areas: what a VMX instruction or a VMCS field points to.
    VmxRegion = 4,

    // Stacks, descriptor tables, lists and buffers of the hypervisor.
    Hypervisor = 5,
}

internal unsafe struct FramePool
{
    public const int MaximumRanges = 16;
    public const uint RunFrames = 5;
    private const int MostRuns = 64;
    private const int OwnerKinds = 8;

    // With the owner of its first frame: a run is not a frame.
    private const byte Run = 0x80;
    private const uint MaximumFrames = 1u << 31;

    private HostLock _lock;
    private uint* _returned;
    private byte* _owners;
    private uint _returnedCount;
    private uint _freshCount;
    private int _rangeCount;
    private fixed ulong _rangeStart[MaximumRanges];
    private fixed uint _rangeFirst[MaximumRanges];
    private fixed uint _rangeFrames[MaximumRanges];
    private fixed uint _used[OwnerKinds];
    private fixed uint _runs[MostRuns];
    private int _returnedRuns;

    public uint Total { readonly get; private set; }

    public readonly uint Available =>
        _returnedCount + ((uint)_returnedRuns * RunFrames) + (Total - _freshCount);

    // Those that the hypervisor needs because there are guests: all but the guests' memory and the host's tables.
    public readonly uint Own =>
        UsedBy(FrameOwner.SecondLevelTable) + UsedBy(FrameOwner.VmxRegion) + UsedBy(FrameOwner.Hypervisor);

    public readonly uint UsedBy(FrameOwner owner) => (int)owner < OwnerKinds ? _used[(int)owner] : 0;

    // Takes over the whole frames of these ranges, which do not overlap. False: no range has room for the book-keeping,
    // or the ranges are too many or too large.
    public bool Initialize(ReadOnlySpan<PhysicalRange> ranges)
    {
        this = default;
        ulong frames = 0;
        foreach (ref readonly PhysicalRange range in ranges)
        {
            frames += WholeFrames(range);
        }

        return ranges.Length <= MaximumRanges && frames < MaximumFrames
            && Distribute(ranges, ((frames * 5) + 0xFFF) >> 12);
    }

    public bool TryAllocate(FrameOwner owner, out Hpa frame)
    {
        _lock.Take();
        bool isGiven = TryTake(owner, out frame);
        _lock.Give();
        return isGiven;
    }

    private bool TryTake(FrameOwner owner, out Hpa frame)
    {
        if (_returnedCount == 0 && _freshCount == Total)
        {
            frame = default;
            return false;
        }

        uint index = _returnedCount != 0 ? _returned[--_returnedCount] : _freshCount++;
        _owners[index] = (byte)owner;
        _used[(int)owner & (OwnerKinds - 1)]++;
        frame = FrameAt(index);
        return true;
    }

    public bool TryAllocateCleared(FrameOwner owner, out Hpa frame)
    {
        bool isGiven = TryAllocate(owner, out frame);
        if (isGiven)
        {
            Cpu.ClearFrame(frame.Pointer);
        }

        return isGiven;
    }

    // False: the frame is not the pool's, or not given to this owner. A defect of the caller; the pool is as it was.
    public bool Free(Hpa frame, FrameOwner owner)
    {
        uint index = IndexOf(frame);
        _lock.Take();
        bool isOurs = index != uint.MaxValue && owner != FrameOwner.Free && _owners[index] == (byte)owner;
        if (isOurs)
        {
            _owners[index] = (byte)FrameOwner.Free;
            _used[(int)owner & (OwnerKinds - 1)]--;
            _returned[_returnedCount++] = index;
        }

        _lock.Give();
        return isOurs;
    }

    public bool TryAllocateRun(FrameOwner owner, out Hpa first)
    {
        _lock.Take();
        bool isGiven = TryTakeRun(owner, out first);
        _lock.Give();
        return isGiven;
    }

    private bool TryTakeRun(FrameOwner owner, out Hpa first)
    {
        first = default;
        while (_returnedRuns == 0 && _freshCount < Total && !IsRun(_freshCount))
        {
            // What is left at the end of a range serves as single frames.
            _returned[_returnedCount++] = _freshCount++;
        }

        if (_returnedRuns == 0 && _freshCount == Total)
        {
            return false;
        }

        uint index = _returnedRuns != 0 ? _runs[--_returnedRuns] : _freshCount;
        _freshCount += index == _freshCount ? RunFrames : 0;
        _owners[index] = (byte)((byte)owner | Run);
        _used[(int)owner & (OwnerKinds - 1)] += RunFrames;
        first = FrameAt(index);
        return true;
    }

    public bool FreeRun(Hpa first, FrameOwner owner)
    {
        uint index = IndexOf(first);
        _lock.Take();
        bool isOurs = index != uint.MaxValue && _owners[index] == ((byte)owner | Run) && _returnedRuns != MostRuns;
        if (isOurs)
        {
            _owners[index] = (byte)FrameOwner.Free;
            _used[(int)owner & (OwnerKinds - 1)] -= RunFrames;
            _runs[_returnedRuns++] = index;
        }

        _lock.Give();
        return isOurs;
    }

    private readonly bool IsRun(uint index) =>
        Total - index >= RunFrames
        && FrameAt(index + RunFrames - 1).Value - FrameAt(index).Value == (RunFrames - 1) << 12;

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
            _rangeFirst[_rangeCount] = Total;
            _rangeFrames[_rangeCount++] = (uint)frames;
            Total += (uint)frames;
        }

        if (_returned == null)
        {
            this = default;
            return false;
        }

        // Counted before the book-keeping was taken out, so both arrays fit with a little to spare.
        _owners = (byte*)(_returned + Total);
        new Span<byte>(_owners, (int)Total).Clear();
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
        ulong first = (range.Start.Value + 0xFFF) >> 12, end = range.End.Value >> 12;
        return end > first ? end - first : 0;
    }
}
