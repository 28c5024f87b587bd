// The debug registers that have bits of their own.

namespace MinusOne.Hv.X86;

// DR6, the debug status register. SDM 3B 19.2.3 Debug Status Register (DR6).
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

// DR7, the debug control register. SDM 3B 19.2.4 Debug Control Register (DR7).
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

// IA32_DEBUGCTL. SDM 3B 19.4.1 IA32_DEBUGCTL MSR.
[Flags]
internal enum DebugCtl : ulong
{
    None = 0,
    LastBranchRecord = 1ul << 0,
    SingleStepOnBranches = 1ul << 1,
    BusLockDetect = 1ul << 2,
    TraceMessages = 1ul << 6,
    BranchTraceStore = 1ul << 7,
    BranchTraceInterrupt = 1ul << 8,
    BranchTraceOffInSupervisor = 1ul << 9,
    BranchTraceOffInUser = 1ul << 10,
    FreezeLbrsOnPmi = 1ul << 11,
    FreezePerfmonOnPmi = 1ul << 12,
    UncorePmi = 1ul << 13,
    FreezeWhileSmm = 1ul << 14,
    RestrictedTransactionalMemory = 1ul << 15,
}
