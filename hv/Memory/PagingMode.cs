// The paging modes. SDM 3A 5.1.1 Four Paging Modes.

namespace MinusOne.Hv.Memory;

internal enum PagingMode : byte
{
    None,
    Bits32,
    Pae,
    FourLevel,
    FiveLevel,
}
