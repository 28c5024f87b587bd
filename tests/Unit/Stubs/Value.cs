// A value of which only its origin is known: what a register held at the start, what stood at an address, the address
// of a symbol; plus a number. A constant has no origin.
namespace MinusOne.Tests.Unit.Stubs;

internal readonly record struct Value(string Origin, long Offset)
{
    public static Value operator +(Value value, long offset) => new(value.Origin, value.Offset + offset);

    public override string ToString() => Offset switch
    {
        0 when Origin.Length > 0 => Origin,
        >= 0 => $"{Origin}+{Offset:X}",
        _ => $"{Origin}-{-Offset:X}",
    };
}
