// The error code of a page fault. SDM 3A 5.7 Page-Fault Exceptions. Leaves out what concerns SGX and HLAT.

namespace MinusOne.Hv.X86;

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
    ProtectionKey = 1u << 5,
    ShadowStack = 1u << 6,
}
