// The accessed and dirty flags, as the processor sets them in a leaf.

using System;

namespace MinusOne.Hv.Memory;

[Flags]
internal enum PageUse : byte
{
    None = 0,
    Accessed = 1,
    Dirty = 2,
}
