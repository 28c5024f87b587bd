// Memory types, as MTRRs, PAT and EPT entries spell them. SDM 3A 13.3 Methods of Caching Available.

namespace MinusOne.Hv.X86;

internal enum MemoryType : byte
{
    Uncacheable = 0,
    WriteCombining = 1,
    WriteThrough = 4,
    WriteProtected = 5,
    WriteBack = 6,

    // UC-, in the PAT only: an MTRR may turn it into write-combining.
    UncacheableMinus = 7,
}
