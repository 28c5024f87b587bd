// An access of the guest to one of its linear addresses, as far as paging cares. Without any bit: a supervisor-mode
// data read.

using System;

namespace MinusOne.Hv.Memory;

[Flags]
internal enum GuestAccess : byte
{
    Read = 0,
    Write = 1,
    Fetch = 2,

    // CPL is 3, and the access is not implicit.
    User = 4,

    // To a system structure (descriptor tables, TSS): supervisor mode whatever CPL is, and never exempt from SMAP.
    Implicit = 8,

    // RFLAGS.AC is 1: suspends SMAP for explicit accesses.
    AlignmentCheck = 16,

    // Looks only: accessed and dirty flags stay as they are.
    Probe = 32,
}
