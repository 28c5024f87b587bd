// What a mapping lets through, and what an access asks for. The first three are the bits of an EPT entry.

using System;

namespace MinusOne.Hv.Memory;

[Flags]
internal enum PageRights : byte
{
    None = 0,
    Read = 1,
    Write = 2,
    Execute = 4,
    ReadWrite = Read | Write,
    ReadExecute = Read | Execute,
    All = Read | Write | Execute,

    // Ring 3 may use it too: x86-64 paging only.
    User = 8,
}
