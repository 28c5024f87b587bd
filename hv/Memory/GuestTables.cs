// The guest's paging structures in its own memory.

namespace MinusOne.Hv.Memory;

internal readonly unsafe struct GuestTables : IGuestTables
{
    private readonly GuestMemory* _memory;

    public GuestTables(GuestMemory* memory)
    {
        _memory = memory;
    }

    public bool TryRead(Gpa address, int bytes, out ulong entry)
    {
        bool reached = _memory->TryReach(address, PageRights.Read, out byte* host) == Resolution.Mapped;
        entry = !reached ? 0 : bytes == 4 ? *(uint*)host : *(ulong*)host;
        return reached;
    }

    public bool TryWrite(Gpa address, int bytes, ulong entry)
    {
        if (_memory->TryReach(address, PageRights.Write, out byte* host) != Resolution.Mapped)
        {
            return false;
        }

        if (bytes == 4)
        {
            *(uint*)host = (uint)entry;
        }
        else
        {
            *(ulong*)host = entry;
        }

        return true;
    }
}
