// Guest paging structures in a dictionary of entries, counting what is read and written.

using System.Collections.Generic;

namespace MinusOne.Tests.Unit.Memory;

internal struct DictionaryTables : IGuestTables
{
    public Dictionary<ulong, ulong> Entries;
    public int Reads;
    public int Writes;

    // Entries that can be read only.
    public ulong ReadOnly;

    public bool TryRead(Gpa address, int bytes, out ulong entry)
    {
        Reads++;
        return Entries.TryGetValue(address.Value, out entry);
    }

    public bool TryWrite(Gpa address, int bytes, ulong entry)
    {
        Writes++;
        if (address.Value == ReadOnly)
        {
            return false;
        }

        Entries[address.Value] = bytes == 4 ? (uint)entry : entry;
        return true;
    }
}
