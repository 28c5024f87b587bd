// The debug registers that have bits of their own: those bits that somebody here names, as in the other tables.

namespace MinusOne.Hv.X86;

// DR6, the debug status register. SDM 3B 19.2.3 Debug Status Register (DR6).
[Flags]
internal enum Dr6 : ulong
{
    Breakpoint0 = 1ul << 0,
    Breakpoint1 = 1ul << 1,
    Breakpoint2 = 1ul << 2,
    Breakpoint3 = 1ul << 3,
    DebugRegisterAccess = 1ul << 13,
    SingleStep = 1ul << 14,
}

// DR7, the debug control register. SDM 3B 19.2.4 Debug Control Register (DR7).
[Flags]
internal enum Dr7 : ulong
{
    None = 0,
    GeneralDetect = 1ul << 13,

    // After reset: bit 10 is always 1.
    Reset = 0x400,
}

// IA32_DEBUGCTL. SDM 3B 19.4.1 IA32_DEBUGCTL MSR.
[Flags]
internal enum DebugCtl : ulong
{
    None = 0,
    LastBranchRecord = 1ul << 0,
    SingleStepOnBranches = 1ul << 1,
    BusLockDetect = 1ul << 2,
    RestrictedTransactionalMemory = 1ul << 15,
}
