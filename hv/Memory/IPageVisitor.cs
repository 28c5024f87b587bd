// Sees every leaf of a walk in ascending order, and may change it: the walker notices. Implemented by structs, so that
// the walker is compiled for each.

namespace MinusOne.Hv.Memory;

internal interface IPageVisitor<TEntry>
    where TEntry : unmanaged, IPageEntry<TEntry>
{
    // `input` is the first address the leaf maps. False ends the walk.
    bool Visit(ref TEntry leaf, ulong input, int level);
}
