// DR6, the debug status register. SDM 3B 19.2.3 Debug Status Register (DR6).

namespace MinusOne.Hv.X86;

[Flags]
internal enum Dr6 : ulong
{
    None = 0,
    Breakpoint0 = 1ul << 0,
    Breakpoint1 = 1ul << 1,
    Breakpoint2 = 1ul << 2,
    Breakpoint3 = 1ul << 3,

    // 0 says that a bus lock was taken.
    NoBusLock = 1ul << 11,
    DebugRegisterAccess = 1ul << 13,
    SingleStep = 1ul << 14,
    TaskSwitch = 1ul << 15,

    // 0 says that the exception came inside a transaction.
    NoTransaction = 1ul << 16,

    // After reset; the bits that read as 1 whatever is written.
    Reset = 0xFFFF_0FF0,
}
