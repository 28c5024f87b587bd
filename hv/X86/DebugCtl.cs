// IA32_DEBUGCTL. SDM 3B 19.4.1 IA32_DEBUGCTL MSR.

namespace MinusOne.Hv.X86;

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
