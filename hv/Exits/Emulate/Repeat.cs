// The repeat prefix of a string instruction. Only CMPS and SCAS tell the two apart.

namespace MinusOne.Hv.Exits.Emulate;

internal enum Repeat : byte
{
    None,
    WhileEqual,
    WhileNotEqual,
}
