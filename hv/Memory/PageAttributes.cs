// What a leaf says besides its frame: rights, memory type, and what the processor has noted in it.

namespace MinusOne.Hv.Memory;

// What a mapping lets through, and what an access asks for: the first bits of an EPT entry, and of the qualification of
// an EPT violation.
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
}

// The accessed and dirty flags.
[Flags]
internal enum PageUse : byte
{
    None = 0,
    Accessed = 1,
    Dirty = 2,
}

internal readonly struct PageAttributes(PageRights rights, MemoryType type)
{
    public readonly PageRights Rights = rights;
    public readonly MemoryType Type = type;
}
