// CR4. SDM 3A 2.5 Control Registers.

namespace MinusOne.Hv.X86;

[Flags]
internal enum Cr4 : ulong
{
    None = 0,
    Virtual8086Extensions = 1ul << 0,
    ProtectedVirtualInterrupts = 1ul << 1,
    TimeStampDisable = 1ul << 2,
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
    FsGsBaseEnable = 1ul << 16,
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
