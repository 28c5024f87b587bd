// CR0, CR4 and EFER, the bits that turn on what a processor can do, and the debug registers: those bits that somebody
// here names, as in the other tables.
namespace MinusOne.Hv.X86;

// CR0. SDM 3A 2.5 Control Registers.
[Flags]
internal enum Cr0 : ulong
{
    None = 0,
    ProtectionEnable = 1ul << 0,
    MonitorCoprocessor = 1ul << 1,
    Emulation = 1ul << 2,
    TaskSwitched = 1ul << 3,
    ExtensionType = 1ul << 4,
    NumericError = 1ul << 5,
    WriteProtect = 1ul << 16,
    AlignmentMask = 1ul << 18,
    NotWriteThrough = 1ul << 29,
    CacheDisable = 1ul << 30,
    Paging = 1ul << 31,
}

// CR4. SDM 3A 2.5 Control Registers.
[Flags]
internal enum Cr4 : ulong
{
    None = 0,
    DebuggingExtensions = 1ul << 3,
    PageSizeExtensions = 1ul << 4,
    PhysicalAddressExtension = 1ul << 5,
    MachineCheckEnable = 1ul << 6,
    PageGlobalEnable = 1ul << 7,
    PerformanceCounterEnable = 1ul << 8,
    OsFxsr = 1ul << 9,
    OsXmmExceptions = 1ul << 10,
    UserModeInstructionPrevention = 1ul << 11,
    LinearAddresses57 = 1ul << 12,
    VmxEnable = 1ul << 13,
    SmxEnable = 1ul << 14,
    PcidEnable = 1ul << 17,
    OsXsave = 1ul << 18,
    KeyLocker = 1ul << 19,
    SupervisorExecutionPrevention = 1ul << 20,
    SupervisorAccessPrevention = 1ul << 21,
    ProtectionKeysUser = 1ul << 22,
    ControlFlowEnforcement = 1ul << 23,
    ProtectionKeysSupervisor = 1ul << 24,
    UserInterrupts = 1ul << 25,
    LinearAddressSpaceSeparation = 1ul << 27,
    LinearAddressMaskingSupervisor = 1ul << 28,
    FlexibleReturnAndEventDelivery = 1ul << 32,
}

// IA32_EFER. SDM 3A 2.2.1 Extended Feature Enable Register. AMD's further bits are left out.
[Flags]
internal enum Efer : ulong
{
    None = 0,
    SyscallEnable = 1ul << 0,
    LongModeEnable = 1ul << 8,
    LongModeActive = 1ul << 10,
    ExecuteDisableEnable = 1ul << 11,
}

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
    TaskSwitch = 1ul << 15,
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
