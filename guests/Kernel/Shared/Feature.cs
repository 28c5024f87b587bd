// What the processor can do, as the kernel tells its programs. The names are those of Text, in order.

using System;

namespace MinusOne.Guests.Kernel.Shared;

[Flags]
internal enum Feature : uint
{
    None = 0,
    NoExecute = 1u << 0,
    GiantPages = 1u << 1,
    Smep = 1u << 2,
    Smap = 1u << 3,
    Xsave = 1u << 4,
    Avx = 1u << 5,
    X2Apic = 1u << 6,
    TscDeadline = 1u << 7,
}
