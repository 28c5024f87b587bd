// DR7, the debug control register. SDM 3B 19.2.4 Debug Control Register (DR7).

namespace MinusOne.Hv.X86;

[Flags]
internal enum Dr7 : ulong
{
    None = 0,
    Local0 = 1ul << 0,
    Global0 = 1ul << 1,
    Local1 = 1ul << 2,
    Global1 = 1ul << 3,
    Local2 = 1ul << 4,
    Global2 = 1ul << 5,
    Local3 = 1ul << 6,
    Global3 = 1ul << 7,
    LocalExact = 1ul << 8,
    GlobalExact = 1ul << 9,
    RestrictedTransactionalMemory = 1ul << 11,
    GeneralDetect = 1ul << 13,
    Condition0 = 3ul << 16,
    Length0 = 3ul << 18,
    Condition1 = 3ul << 20,
    Length1 = 3ul << 22,
    Condition2 = 3ul << 24,
    Length2 = 3ul << 26,
    Condition3 = 3ul << 28,
    Length3 = 3ul << 30,

    // After reset: bit 10 is always 1.
    Reset = 0x400,
}
