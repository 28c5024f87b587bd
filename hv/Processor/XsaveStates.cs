// State components of the XSAVE family: the bits of XCR0 and of IA32_XSS. SDM 1 13.1 XSAVE-Supported Features and
// State-Component Bitmaps.

namespace MinusOne.Hv.Processor;

[Flags]
internal enum XsaveStates : ulong
{
    None = 0,
    X87 = 1ul << 0,
    Sse = 1ul << 1,
    Avx = 1ul << 2,
    BoundRegisters = 1ul << 3,
    BoundConfiguration = 1ul << 4,
    OpMask = 1ul << 5,
    ZmmHigh256 = 1ul << 6,
    HighZmm16 = 1ul << 7,
    ProcessorTrace = 1ul << 8,
    Pkru = 1ul << 9,
    Pasid = 1ul << 10,
    CetUser = 1ul << 11,
    CetSupervisor = 1ul << 12,
    HardwareDutyCycling = 1ul << 13,
    UserInterrupts = 1ul << 14,
    LastBranchRecords = 1ul << 15,
    HardwarePerformanceStates = 1ul << 16,
    TileConfiguration = 1ul << 17,
    TileData = 1ul << 18,
    ExtendedGeneralRegisters = 1ul << 19,
}
