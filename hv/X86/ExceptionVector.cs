// Vectors of exceptions and of the NMI. SDM 3A 7.3.1 External Interrupts, table Protected-Mode Exceptions and
// Interrupts.
namespace MinusOne.Hv.X86;

internal enum ExceptionVector : byte
{
    DivideError = 0,
    Debug = 1,
    Nmi = 2,
    Breakpoint = 3,
    Overflow = 4,
    InvalidOpcode = 6,
    DoubleFault = 8,
    InvalidTss = 10,
    SegmentNotPresent = 11,
    StackFault = 12,
    GeneralProtection = 13,
    PageFault = 14,
    AlignmentCheck = 17,
    MachineCheck = 18,
    SimdFault = 19,
    ControlProtection = 21,
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
