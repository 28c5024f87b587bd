// Vectors of exceptions and of the NMI. SDM 3A 7.3.1 External Interrupts, table Protected-Mode Exceptions and
// Interrupts.
namespace MinusOne.Hv.X86;

internal enum ExceptionVector : byte
{
    [Says("divide error")] DivideError = 0,
    [Says("debug")] Debug = 1,
    [Says("NMI")] Nmi = 2,
    [Says("breakpoint")] Breakpoint = 3,
    [Says("overflow")] Overflow = 4,
    [Says("bound range")] BoundRange = 5,
    [Says("invalid opcode")] InvalidOpcode = 6,
    [Says("device not available")] DeviceNotAvailable = 7,
    [Says("double fault")] DoubleFault = 8,
    [Says("invalid TSS")] InvalidTss = 10,
    [Says("segment not present")] SegmentNotPresent = 11,
    [Says("stack fault")] StackFault = 12,
    [Says("general protection")] GeneralProtection = 13,
    [Says("page fault")] PageFault = 14,
    [Says("x87 error")] FloatingPoint = 16,
    [Says("alignment check")] AlignmentCheck = 17,
    [Says("machine check")] MachineCheck = 18,
    [Says("SIMD error")] SimdFault = 19,
    [Says("control protection")] ControlProtection = 21,
}

// The error code of a page fault. SDM 3A 5.7 Page-Fault Exceptions. Leaves out what concerns SGX and HLAT.
[Flags]
internal enum PageFaultError : uint
{
    None = 0,

    // Clear: a page was not present.
    Protection = 1u << 0,
    Write = 1u << 1,
    User = 1u << 2,
    Reserved = 1u << 3,
    Fetch = 1u << 4,
}
