// The I/O APIC: 24 inputs, each with an entry that says which message its interrupt is. Intel 82093AA data sheet, 3.2
// I/O APIC Registers. Chips say when they want something, not what their pin's voltage is: the polarity in an entry is
// kept and means nothing. Leaves out what the APIC bus needed (arbitration, retries), and the input for the 8259 pair
// (ExtINT), which has LINT0.
namespace MinusOne.Hv.Devices.Interrupts;

internal unsafe struct IoApic
{
    public const int Inputs = 24;

    // The first one has this version; later ones have a register to end interrupts by.
    private const uint VersionWord = ((Inputs - 1) << 16) | 0x11;

    private const uint Select = 0x00;
    private const uint Window = 0x10;
    private const uint FirstEntry = 0x10;

    // Bits of an entry.
    private const ulong RemoteRequest = 1u << 14;
    private const ulong Level = 1u << 15;
    private const ulong Masked = 1u << 16;
    private const ulong Writable = 0xFF00_0000_0001_AFFF;

    // The mask bit is kept as its complement: at reset all entries are masked.
    private fixed ulong _entries[Inputs];

    // A bit for each input: it is asserted; an edge has come and is not sent yet.
    private uint _lines;
    private uint _edges;
    private uint _id;
    private byte _selected;

    // It has all inputs that something has come from.
    public readonly bool IsSound => (_lines | _edges) >> Inputs == 0;

    // An edge at an input that is masked is lost.
    public void SetLine(int input, bool isHigh)
    {
        uint bit = 1u << input;
        bool hasRisen = isHigh && (_lines & bit) == 0;
        _lines = isHigh ? _lines | bit : _lines & ~bit;
        if (hasRisen && (Entry(input) & (Level | Masked)) == 0)
        {
            _edges |= bit;
        }
    }

    // After each change: what is to be sent now, one after the other.
    public bool TryTake(out InterruptMessage message)
    {
        for (int input = 0; ((_lines | _edges) >> input) != 0; input++)
        {
            if (IsDue(input))
            {
                ulong entry = Entry(input);
                _edges &= ~(1u << input);
                _entries[input] |= (entry & Level) != 0 ? RemoteRequest : 0;
                message = new InterruptMessage
                {
                    Destination = (uint)(entry >> 56),
                    Vector = (byte)entry,
                    Mode = (DeliveryMode)((entry >> 8) & 7),
                    IsLogical = (entry & (1u << 11)) != 0,
                    IsLevel = (entry & Level) != 0,
                };
                return true;
            }
        }

        message = default;
        return false;
    }

    // A processor has ended a level-triggered interrupt: whoever still wants something sends it again.
    public void EndInterrupt(byte vector)
    {
        for (int input = 0; input < Inputs; input++)
        {
            if ((byte)_entries[input] == vector)
            {
                _entries[input] &= ~RemoteRequest;
            }
        }
    }

    // Registers are reached through two words: which, and what it holds.
    public readonly uint Read(uint offset) => offset == Select ? _selected : offset == Window ? ReadSelected() : 0;

    public void Write(uint offset, int bytes, uint value)
    {
        if (offset == Select)
        {
            _selected = (byte)value;
        }
        else if (offset == Window && bytes == 4)
        {
            WriteSelected(value);
        }
    }

    private readonly ulong Entry(int input) => _entries[input] ^ Masked;

    private readonly bool IsDue(int input)
    {
        ulong entry = Entry(input);
        return (entry & Level) != 0
            ? ((_lines >> input) & 1) != 0 && (entry & (Masked | RemoteRequest)) == 0
            : ((_edges >> input) & 1) != 0;
    }

    private readonly uint ReadSelected()
    {
        uint index = (uint)(_selected - FirstEntry) >> 1;
        switch (_selected)
        {
            case 0x00 or 0x02: return _id;
            case 0x01: return VersionWord;
            default: return index < Inputs ? (uint)(Entry((int)index) >> (32 * (_selected & 1))) : 0;
        }
    }

    private void WriteSelected(uint value)
    {
        uint index = (uint)(_selected - FirstEntry) >> 1;
        if (_selected == 0)
        {
            _id = value & 0x0F00_0000;
        }
        else if (index < Inputs)
        {
            int shift = 32 * (_selected & 1);
            WriteEntry((int)index, (ulong)uint.MaxValue << shift, (ulong)value << shift);
        }
    }

    // What becomes an edge waits for no end.
    private void WriteEntry(int input, ulong mask, ulong value)
    {
        ulong entry = Entry(input);
        mask &= Writable;
        entry = (entry & ~mask) | (value & mask);
        _entries[input] = ((entry & Level) != 0 ? entry : entry & ~RemoteRequest) ^ Masked;
    }
}
