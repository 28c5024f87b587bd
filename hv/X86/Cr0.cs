// CR0. SDM 3A 2.5 Control Registers.

namespace MinusOne.Hv.X86;

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
