// The code segment's default sizes: CS.L and CS.D as one value. The number is the default address size in bytes.

namespace MinusOne.Hv.Exits.Emulate;

internal enum CodeSize : byte
{
    Bits16 = 2,
    Bits32 = 4,
    Bits64 = 8,
}
