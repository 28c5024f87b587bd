// The owners of host-physical memory: a sorted list of ranges without overlaps, neighbours of one kind joined. The
// list lives in memory given at start and never grows beyond it. What is set later wins over what was set earlier, so
// the hypervisor carves its own frames out of the firmware's map by setting them last.
namespace MinusOne.Hv.Memory;

// A range of host-physical memory of one kind. End is the first address behind it.
internal readonly struct PhysicalRange(Hpa start, Hpa end, PhysicalKind kind)
{
    public readonly Hpa Start = start;
    public readonly Hpa End = end;
    public readonly PhysicalKind Kind = kind;

    public ulong Length => End - Start;
}

internal unsafe struct PhysicalMap
{
    // The architecture's limit of a physical address, and the end of the last unlisted range.
    public const ulong AddressLimit = 1UL << 52;

    private PhysicalRange* _ranges;
    private int _count;
    private int _capacity;

    public readonly ReadOnlySpan<PhysicalRange> Ranges => new(_ranges, _count);

    public void Initialize(void* memory, int bytes)
    {
        _ranges = (PhysicalRange*)memory;
        _count = 0;
        _capacity = bytes / sizeof(PhysicalRange);
    }

    // Makes [start, end) of this kind, whatever it was. False, and nothing changed: not whole pages, beyond the
    // architecture's limit, or the list is full.
    public bool TrySet(Hpa start, Hpa end, PhysicalKind kind) =>
        ((start.Value | end.Value) & 0xFFF) == 0 && start <= end && end.Value <= AddressLimit
            && (start == end || Replace(start, end, kind));

    // The whole range around an address; between the listed ranges that is the gap.
    public readonly PhysicalRange RangeAt(Hpa address)
    {
        int index = FirstEndingAfter(address);
        Hpa gapStart = index == 0 ? default : _ranges[index - 1].End;
        Hpa gapEnd = index < _count ? _ranges[index].Start : new(Math.Max(AddressLimit, address.Value));
        bool isListed = index < _count && gapEnd <= address;
        return isListed ? _ranges[index] : new(gapStart, gapEnd, PhysicalKind.Unlisted);
    }

    // Bytes of one kind, for the report.
    public readonly ulong Total(PhysicalKind kind)
    {
        ulong bytes = 0;
        foreach (ref readonly PhysicalRange range in Ranges)
        {
            bytes += range.Kind == kind ? range.Length : 0;
        }

        return bytes;
    }

    // Bytes below an address that are not ours to give: a guest whose memory ends there gets them from elsewhere.
    public readonly ulong Lacking(Hpa end)
    {
        ulong bytes = end.Value;
        foreach (ref readonly PhysicalRange range in Ranges)
        {
            ulong last = Math.Min(range.End.Value, end.Value);
            bytes -= range.Kind == PhysicalKind.Usable && last > range.Start.Value ? last - range.Start.Value : 0;
        }

        return bytes;
    }

    // So many usable bytes from an address on become the hypervisor's, or as many as there are in so many ranges. Says
    // in how many.
    public int Take(Hpa from, ulong bytes, Span<PhysicalRange> taken)
    {
        int count = 0;
        for (int i = 0; i < _count && bytes != 0 && count < taken.Length; i++)
        {
            ulong start = Math.Max(_ranges[i].Start.Value, from.Value);
            ulong length = Math.Min(bytes, _ranges[i].End.Value - Math.Min(start, _ranges[i].End.Value));
            if (_ranges[i].Kind == PhysicalKind.Usable && length != 0)
            {
                taken[count++] = new PhysicalRange(new(start), new(start + length), PhysicalKind.Hypervisor);
                bytes -= length;
            }
        }

        foreach (ref readonly PhysicalRange range in taken[..count])
        {
            if (!TrySet(range.Start, range.End, range.Kind))
            {
                return 0;
            }
        }

        return count;
    }

    private bool Replace(Hpa start, Hpa end, PhysicalKind kind)
    {
        // [first, last) are the ranges that overlap or touch; what sticks out on either side stays.
        int first = FirstEndingAfter(new(start.Value - (start.Value == 0 ? 0UL : 1)));
        int last = first;
        PhysicalRange left = default, right = default;
        for (; last < _count && _ranges[last].Start <= end; last++)
        {
            PhysicalRange old = _ranges[last];
            if (old.Kind == kind)
            {
                start = new(Math.Min(start.Value, old.Start.Value));
                end = new(Math.Max(end.Value, old.End.Value));
                continue;
            }

            if (old.Start < start)
            {
                left = new(old.Start, new(Math.Min(start.Value, old.End.Value)), old.Kind);
            }

            if (old.End > end)
            {
                right = new(new(Math.Max(end.Value, old.Start.Value)), old.End, old.Kind);
            }
        }

        PhysicalRange middle = new(start, end, kind);
        return Splice(first, last, left, kind == PhysicalKind.Unlisted ? default : middle, right);
    }

    private bool Splice(int first, int last, in PhysicalRange left, in PhysicalRange middle, in PhysicalRange right)
    {
        int pieces = (left.Length != 0 ? 1 : 0) + (middle.Length != 0 ? 1 : 0) + (right.Length != 0 ? 1 : 0);
        int count = _count - (last - first) + pieces;
        if (count > _capacity)
        {
            return false;
        }

        int tail = _count - last;
        new ReadOnlySpan<PhysicalRange>(_ranges + last, tail).CopyTo(new(_ranges + first + pieces, tail));
        _count = count;
        Put(ref first, left);
        Put(ref first, middle);
        Put(ref first, right);
        return true;
    }

    private void Put(ref int index, in PhysicalRange range)
    {
        if (range.Length != 0)
        {
            _ranges[index++] = range;
        }
    }

    private readonly int FirstEndingAfter(Hpa address)
    {
        int index = 0;
        while (index < _count && _ranges[index].End <= address)
        {
            index++;
        }

        return index;
    }
}
