// A MOV between a register and a device, as it was found when it was last emulated: where its bytes are in our memory,
// what they were, which entries of the guest's tables led there, and what the instruction does. Nothing of this is
// taken on trust: the guest need not tell us when it changes code or tables. If it is at the same RIP in the same mode,
// and each entry still says what it said and so do the bytes, then fetching and decoding again would end in the same
// place, for that is all a walk reads. The addresses of the entries and the bytes are good as long as EPT leads there,
// which GuestMemory.Changes tells.
// Only 64-bit mode, whose segments have neither limit nor (but for FS and GS) base, and plain MOVs of 4 and 8 bytes.
namespace MinusOne.Hv.Exits.Emulate;

internal unsafe struct MemorySite
{
    public const int Bytes = 192;

    // An immediate instead.
    public const byte NoRegister = MemoryReference.NoRegister;

    private const int Rsp = 4;

    // The longest instruction, and one.
    private const uint Window = 16;

    public bool IsWrite;
    public byte Size;
    public byte Register;
    public byte Length;

    // The value a write has, if Register is no register.
    public ulong Immediate;

    private byte _base;
    private byte _index;
    private byte _scale;
    private byte _levels;
    private uint _codeRights;
    private uint _stackRights;
    private ulong _displacement;
    private ulong _addressMask;
    private ulong _rip;
    private ulong _cr3;
    private ulong _cr4;
    private ulong _efer;
    private ulong _changes;
    private ulong* _code;
    private ulong _first;
    private ulong _second;
    private fixed ulong _slots[GuestTables.MostLevels];
    private fixed ulong _entries[GuestTables.MostLevels];

    // After a fetch that walked the tables of `space` once, in whichever mode. What does not fit leaves nothing here.
    public void Note(in GuestSpace space, in DecodedInstruction instruction, ulong changes)
    {
        _changes = 0;
        MemoryReference memory = instruction.Memory;
        bool isPlain = instruction.Operation == Operation.Mov && instruction.MemorySize >= 4
            && memory.Segment < GuestSegment.Fs && memory.Base != Rsp
            && (instruction.Form == OperandForm.MemoryImmediate || instruction.Register != Rsp);
        if (!isPlain || space.Code != CodeSize.Bits64 || (space.Rip & 0xFFF) > 0x1000 - Window)
        {
            return;
        }

        IsWrite = instruction.Writes;
        Size = instruction.MemorySize;
        Length = instruction.Length;
        Register = instruction.Form == OperandForm.MemoryImmediate ? MemoryReference.NoRegister : instruction.Register;
        Immediate = instruction.Immediate;
        _base = memory.Base;
        _index = memory.Index;
        _scale = memory.ScaleShift;
        _displacement = memory.Displacement + (memory.RipRelative ? space.Rip + Length : 0);
        _addressMask = Width.Mask(instruction.AddressSize);
        _rip = space.Rip;
        _code = (ulong*)space.FetchedFrom;
        _first = _code[0];
        _second = _code[1];
        NoteMode();
        NoteWalk(in space.Tables);
        _changes = changes;
    }

    // Would the instruction be fetched and decoded as it was?
    public readonly bool IsStill<TState>(ulong rip, ulong changes)
        where TState : struct, IGuestState
    {
        if (rip != _rip || changes != _changes || _code[0] != _first || _code[1] != _second
            || TState.Cr3 != _cr3 || (ulong)TState.Cr4 != _cr4
            || (ulong)TState.Efer != _efer || TState.Rights(GuestSegment.Cs).Raw != _codeRights
            || TState.Rights(GuestSegment.Ss).Raw != _stackRights)
        {
            return false;
        }

        for (int i = 0; i < _levels; i++)
        {
            if (*(ulong*)_slots[i] != _entries[i])
            {
                return false;
            }
        }

        return true;
    }

    // The linear address of its operand.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong Address(ref GuestRegisters registers)
    {
        ulong address = _displacement;
        address += _base != MemoryReference.NoRegister ? registers[_base] : 0;
        address += _index != MemoryReference.NoRegister ? registers[_index] << _scale : 0;
        return address & _addressMask;
    }

    // CR0 has paging on, or there were no 64-bit mode; its other bits mean nothing for a fetch.
    private void NoteMode()
    {
        _cr3 = GuestState.Cr3;
        _cr4 = (ulong)GuestState.Cr4;
        _efer = (ulong)GuestState.Efer;
        _codeRights = GuestState.Rights(GuestSegment.Cs).Raw;
        _stackRights = GuestState.Rights(GuestSegment.Ss).Raw;
    }

    private void NoteWalk(ref readonly GuestTables tables)
    {
        _levels = (byte)tables.Levels;
        for (int i = 0; i < _levels; i++)
        {
            _slots[i] = tables.Slot(i);
            _entries[i] = tables.Entry(i);
        }
    }
}
