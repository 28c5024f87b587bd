// The PCI bus of a guest: a bridge to the processor in slot 0, and what has been plugged into the others. Registers are
// reached through the address and data ports (configuration mechanism 1) or in memory (ECAM); what is not there reads
// all ones. PCI Local Bus Specification 3.0, 3.2.2.3.2 Software Generation of Configuration Transactions; PCI Express
// Base Specification 3.0, 7.2.2 Enhanced Configuration Access Mechanism. Leaves out further buses and functions, and
// registers above 256, which no function here has.
namespace MinusOne.Hv.Devices.Pci;

internal unsafe struct PciBus
{
    private const uint Enabled = 0x8000_0000;
    private const uint AddressBits = 0x80FF_FFFC;

    // Offsets from the address port on.
    private const uint Reset = 1, Data = 4;
    private const int BusShift = 16, SlotShift = 11, FunctionShift = 8;
    private const int MemorySlotShift = 15, MemoryFunctionShift = 12;
    private const uint RegisterMask = 0xFFF;

    private uint _address;

    // A bit for each slot that asserts INTA.
    private uint _asserted;
    private fixed ulong _functions[PciLayout.Slots];

    // A bridge by Red Hat that promises nothing: no registers, no quirks.
    private static ReadOnlySpan<byte> Bridge => [0x36, 0x1B, 0x08, 0x00, 0, 0, 0, 0, 0, 0, 0x00, 0x06];

    // With the lines as a BIOS sets them: levels.
    public static void Plug(Board* board)
    {
        var ports = new BusRange { Owner = board, Widest = 4, Read = &ReadPort, Write = &WritePort };
        var memory = new BusRange { Owner = board, Widest = 4, Read = &ReadMemory, Write = &WriteMemory };
        board->Bus->Ports.TryAdd(PciLayout.AddressPort, 8, ports);
        board->Bus->Memory.TryAdd(PciLayout.Configuration, PciLayout.ConfigurationBytes, memory);
        uint levels = 0;
        foreach (byte line in PciLayout.Lines)
        {
            levels |= 1u << line;
        }

        board->Pic.Write(PicPair.EdgeLevel, (byte)levels);
        board->Pic.Write(PicPair.EdgeLevel + 1, (byte)(levels >> 8));
    }

    // False: every slot is taken.
    public bool TryAdd(Board* board, PciFunction* function)
    {
        for (int slot = 1; slot < PciLayout.Slots; slot++)
        {
            if (_functions[slot] == 0)
            {
                _functions[slot] = (ulong)function;
                function->Begin(board, slot);
                return true;
            }
        }

        return false;
    }

    // Everything in a slot above 0; null: nothing.
    public readonly PciFunction* At(int slot) => (PciFunction*)_functions[slot];

    // The level of INTA of a slot.
    public void SetInterrupt(Board* board, int slot, bool isHigh)
    {
        uint bit = 1u << slot;
        if (((_asserted & bit) != 0) != isHigh)
        {
            _asserted ^= bit;
            InterruptRouting.SetLine(board, PciLayout.LineOf(slot, 0), (_asserted & (0x1111u << (slot & 3))) != 0);
        }
    }

    // What it holds itself: the address, and above it the slots that assert INTA.
    public ulong Registers
    {
        readonly get => _address | ((ulong)_asserted << 32);
        set => (_address, _asserted) = ((uint)value & AddressBits, (uint)(value >> 32));
    }

    private readonly uint Read(Board* board, int slot, uint function, uint register, int bytes)
    {
        PciFunction* there = At(slot);
        if (function != 0 || (slot != 0 && there == null))
        {
            return (uint)Board.Ones(bytes);
        }

        if (slot != 0)
        {
            return there->Read(register, bytes);
        }

        uint value = 0;
        for (int i = 0; i < bytes && register + i < Bridge.Length; i++)
        {
            value |= (uint)Bridge[(int)register + i] << (8 * i);
        }

        return value;
    }

    private readonly void Write(Board* board, int slot, uint function, uint register, int bytes, uint value)
    {
        if (function == 0 && At(slot) != null)
        {
            At(slot)->Write(board, register, bytes, value);
        }
    }

    // False: the address names another bus, or no register at all.
    private readonly bool IsHere => (_address & Enabled) != 0 && (byte)(_address >> BusShift) == 0;

    private readonly int Slot => (int)(_address >> SlotShift) & 31;

    private readonly uint Function => (_address >> FunctionShift) & 7;

    private static ulong ReadPort(void* owner, uint offset, int bytes)
    {
        var board = (Board*)owner;
        ref PciBus bus = ref board->Pci;
        return offset >= Data
            ? bus.IsHere && bus.Slot < PciLayout.Slots
                ? bus.Read(board, bus.Slot, bus.Function, (byte)bus._address + offset - Data, bytes)
                : Board.Ones(bytes)
            : offset == 0 && bytes == 4 ? bus._address
            : offset == Reset && bytes == 1 ? 0
            : Board.Ones(bytes);
    }

    // The address is a doubleword; amid it lies a port of another kind.
    private static void WritePort(void* owner, uint offset, int bytes, ulong value)
    {
        var board = (Board*)owner;
        ref PciBus bus = ref board->Pci;
        if (offset >= Data && bus.IsHere && bus.Slot < PciLayout.Slots)
        {
            bus.Write(board, bus.Slot, bus.Function, (byte)bus._address + offset - Data, bytes, (uint)value);
        }
        else if (offset == 0 && bytes == 4)
        {
            bus._address = (uint)value & AddressBits;
        }
        else if (offset == Reset && bytes == 1)
        {
            ResetPorts.WriteControl(board, (byte)value);
        }
    }

    private static ulong ReadMemory(void* owner, uint offset, int bytes)
    {
        var board = (Board*)owner;
        int slot = (int)(offset >> MemorySlotShift);
        return slot < PciLayout.Slots
            ? board->Pci.Read(board, slot, (offset >> MemoryFunctionShift) & 7, offset & RegisterMask, bytes)
            : Board.Ones(bytes);
    }

    private static void WriteMemory(void* owner, uint offset, int bytes, ulong value)
    {
        var board = (Board*)owner;
        int slot = (int)(offset >> MemorySlotShift);
        if (slot < PciLayout.Slots)
        {
            board->Pci.Write(
                board, slot, (offset >> MemoryFunctionShift) & 7, offset & RegisterMask, bytes, (uint)value);
        }
    }
}
