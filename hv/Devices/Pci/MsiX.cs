// Interrupts as messages: each vector of a function has an address and a datum, which name processors and a vector of
// theirs as the I/O APIC's entries do. A vector that is masked keeps its interrupt until it is not. PCI Local Bus
// Specification 3.0, 6.8.2 MSI-X Capability and Table Structures; SDM 3A 12.11 Message Signalled Interrupts. What goes
// to another address than the local APICs' is written nowhere.
namespace MinusOne.Hv.Devices.Pci;

internal unsafe struct MsiX
{
    public const int Vectors = 8;
    public const uint TableBytes = Vectors * EntryBytes;
    public const byte Id = 0x11;

    // In the control word's upper byte.
    public const byte Enable = 0x80, MaskAll = 0x40;

    private const int EntryBytes = 16;
    private const int EntryWords = EntryBytes / 4;
    private const int Datum = 2, Control = 3;
    private const uint Masked = 1;
    private const uint Apics = 0xFEE0_0000, ApicsMask = 0xFFF0_0000;
    private const uint IsLogical = 1 << 2;
    private const uint Level = 3 << 14;

    // The mask bit is kept as its complement: at reset all vectors are masked.
    private fixed uint _table[Vectors * EntryWords];
    private uint _pending;

    // Its place in configuration space.
    public byte Capability;

    // Nobody wants to hear of what is pending.
    public void Forget() => _pending = 0;

    public void Pend(uint vector) => _pending |= vector < Vectors ? 1u << (int)vector : 0;

    // After every change of a mask.
    public void Send(Board* board, byte control)
    {
        for (int vector = 0; (control & (Enable | MaskAll)) == Enable && _pending >> vector != 0; vector++)
        {
            if ((_pending & (1u << vector)) != 0 && (_table[(vector * EntryWords) + Control] & Masked) != 0)
            {
                _pending &= ~(1u << vector);
                Send(board, _table[vector * EntryWords], _table[(vector * EntryWords) + Datum]);
            }
        }
    }

    // Doublewords and what lies within one; a quadword comes in two.
    public readonly uint Read(uint offset)
    {
        uint word = (offset >> 2) % (Vectors * EntryWords);
        return (word & 3) == Control ? _table[word] ^ Masked : _table[word];
    }

    public void Write(uint offset, int bytes, uint value)
    {
        uint word = (offset >> 2) % (Vectors * EntryWords);
        if (bytes == 4)
        {
            _table[word] = (word & 3) == Control ? (value & Masked) ^ Masked
                : (word & 3) == 0 ? value & ~3u
                : value;
        }
    }

    public readonly uint Pending => _pending;

    public readonly bool IsSound => _pending >> Vectors == 0;

    private static void Send(Board* board, uint address, uint datum)
    {
        var message = new InterruptMessage
        {
            Destination = (byte)(address >> 12),
            Vector = (byte)datum,
            Mode = (DeliveryMode)((datum >> 8) & 7),
            IsLogical = (address & IsLogical) != 0,
            IsLevel = (datum & Level) == Level,
        };
        if ((address & ApicsMask) == Apics)
        {
            InterruptRouting.Send(board, in message);
        }
    }
}
