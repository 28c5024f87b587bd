// How a guest page walk gets at the guest's paging structures: entries of 4 or 8 bytes, never across a page.
// Implemented by structs, so that a walk is compiled for each. False: the guest has no memory there.

namespace MinusOne.Hv.Memory;

internal interface IGuestTables
{
    bool TryRead(Gpa address, int bytes, out ulong entry);

    bool TryWrite(Gpa address, int bytes, ulong entry);
}
