// The guest's paging structures in its own memory. Remembers what the first walk has read, for those who want to know
// whether it would go the same way again.

namespace MinusOne.Hv.Exits.Emulate.Space;

// How a guest page walk gets at the guest's paging structures: entries of 4 or 8 bytes, never across a page.
// Implemented by structs, so that a walk is compiled for each. False: the guest has no memory there.
internal interface IGuestTables
{
    bool TryRead(Gpa address, int bytes, out ulong entry);

    bool TryWrite(Gpa address, int bytes, ulong entry);
}

// With an open bus a structure that lies where there is no memory reads as all ones and is not written.
internal unsafe struct GuestTables(GuestMemory* memory, bool hasOpenBus) : IGuestTables
{
    public const int MostLevels = 5;

    private readonly GuestMemory* _memory = memory;
    private readonly bool _hasOpenBus = hasOpenBus;
    private fixed ulong _slots[MostLevels];
    private fixed ulong _entries[MostLevels];

    // How many entries were read, up to MostLevels.
    public int Levels { get; private set; }

    // The place of one in our memory.
    public readonly ulong Slot(int index) => _slots[index];

    public readonly ulong Entry(int index) => _entries[index];

    public bool TryRead(Gpa address, int bytes, out ulong entry)
    {
        Resolution resolution = _memory->TryReach(address, PageRights.Read, out byte* host);
        if (_hasOpenBus && resolution == Resolution.IllegalAddress)
        {
            entry = bytes == 4 ? uint.MaxValue : ulong.MaxValue;
            return true;
        }

        bool reached = resolution == Resolution.Mapped;
        entry = !reached ? 0 : bytes == 4 ? *(uint*)host : *(ulong*)host;
        if (Levels < MostLevels)
        {
            _slots[Levels] = (ulong)host;
            _entries[Levels++] = entry;
        }

        return reached;
    }

    public readonly bool TryWrite(Gpa address, int bytes, ulong entry)
    {
        Resolution resolution = _memory->TryReach(address, PageRights.Write, out byte* host);
        if (resolution != Resolution.Mapped)
        {
            return _hasOpenBus && resolution == Resolution.IllegalAddress;
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
