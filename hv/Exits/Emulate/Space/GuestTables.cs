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

// The four page-directory-pointer-table entries of PAE paging, which a processor loads when CR3 is loaded; under EPT
// they stand in the VMCS. SDM 3A 5.4.1 PDPTE Registers, SDM 3C 26.4.2 (PDPTEs). Under nested paging nobody keeps them:
// the processor reads and judges them with each walk, as it does after a MOV to CR3, which does not exit.
internal static unsafe class PagingTables
{
    private const ulong TableMask = 0xFFFF_FFE0;

    // Advance: loaded. A reserved bit set is #GP(0), and nothing is loaded.
    public static Verdict Load(Vm* vm, Vcpu* vcpu, ulong cr3)
    {
        if (!GuestState.KeepsPdptes)
        {
            return Verdict.Advance;
        }

        ulong* entries = stackalloc ulong[4];
        var table = new Gpa(cr3 & TableMask);
        Resolution resolution = vm->Memory.Read(table, new Span<byte>(entries, 32));
        if (resolution != Resolution.Mapped)
        {
            // All ones have reserved bits among them.
            return resolution == Resolution.IllegalAddress && vm->HasOpenBus
                ? Exceptions.GeneralProtection(vm, vcpu)
                : MemoryExits.Refuse(vm, resolution, table, PageRights.Read);
        }

        int bits = RegisterLimits.Read().PhysicalAddressBits;
        for (int i = 0; i < 4; i++)
        {
            if (!ControlRegisterRules.IsPdpteAllowed(entries[i], bits))
            {
                return Exceptions.GeneralProtection(vm, vcpu);
            }
        }

        for (int i = 0; i < 4; i++)
        {
            GuestState.SetPdpte(i, entries[i]);
        }

        return Verdict.Advance;
    }
}
