// What a leaf says besides its frame: rights and memory type.

using MinusOne.Hv.X86;

namespace MinusOne.Hv.Memory;

internal readonly struct PageAttributes
{
    public readonly PageRights Rights;
    public readonly MemoryType Type;

    public PageAttributes(PageRights rights, MemoryType type)
    {
        Rights = rights;
        Type = type;
    }

    public static bool operator ==(PageAttributes left, PageAttributes right) =>
        left.Rights == right.Rights && left.Type == right.Type;

    public static bool operator !=(PageAttributes left, PageAttributes right) => !(left == right);
}
