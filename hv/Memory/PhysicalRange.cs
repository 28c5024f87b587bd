// A range of host-physical memory of one kind. End is the first address behind it.

namespace MinusOne.Hv.Memory;

internal readonly struct PhysicalRange
{
    public readonly Hpa Start;
    public readonly Hpa End;
    public readonly PhysicalKind Kind;

    public PhysicalRange(Hpa start, Hpa end, PhysicalKind kind)
    {
        Start = start;
        End = end;
        Kind = kind;
    }

    public ulong Length => End - Start;
}
