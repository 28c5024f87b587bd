// The configuration space of one function: a header of type 0, one BAR in memory, an interrupt pin, and capabilities as
// its device puts them there. What the BAR shows is on the guest's bus as long as the command register says so, and
// moves with it. PCI Local Bus Specification 3.0, 6.1 Configuration Space Organization, 6.2.5.1 Address Maps. Leaves
// out I/O BARs, ROMs, and what only a bus has (parity, latency, system errors).
namespace MinusOne.Hv.Devices.Pci;

internal unsafe struct PciFunction
{
    public const int Bytes = 256;

    private const int Command = 4, Status = 6, CacheLine = 12, Bar = 16, Subsystem = 44, Pointer = 52;
    private const int Line = 60, Pin = 61, FirstCapability = 64;

    // Bits of the command: a BAR in memory is decoded; the device may reach for memory; INTA is off.
    private const ushort MemorySpace = 1 << 1, BusMaster = 1 << 2, NoLine = 1 << 10;

    // Bits of the status.
    private const byte InterruptPending = 1 << 3, HasCapabilities = 1 << 4;

    // In the capability through which the BAR can be reached.
    private const int AccessBar = 4, AccessOffset = 8, AccessLength = 12, AccessData = 16;

    private fixed byte _space[Bytes];
    private int _slot;

    // What the BAR shows, and where it is on the bus; 0: nowhere.
    private BusRange _window;
    private ulong _at;
    private int _next;
    private int _last;

    // A capability through which the BAR can be reached from here, byte by byte as the device knows it; 0: none.
    public byte Access;

    public MsiX MsiX;

    // How it is found, and what its BAR shows; the BAR is as large as the range says.
    public void Describe(ushort vendor, ushort device, ushort subsystem, uint classCode, in BusRange window)
    {
        Put(0, vendor | ((uint)device << 16));
        Put(8, (classCode << 8) | 1);
        Put(Subsystem, vendor | ((uint)subsystem << 16));
        _space[Status] = HasCapabilities;
        _window = window;
        _next = FirstCapability;
        _last = Pointer;
    }

    // Room for one more; all but its first two bytes are the device's. Its place.
    public byte AddCapability(byte id, int bytes)
    {
        int at = _next;
        _space[at] = id;
        _space[_last] = (byte)at;
        _last = at + 1;
        _next = (at + bytes + 3) & ~3;
        return (byte)at;
    }

    public void PutByte(int at, byte value) => _space[at] = value;

    public void Put(int at, uint value) => Unsafe.WriteUnaligned(ref _space[at], value);

    // It is in a slot, and a BIOS has been here: an address, a line, and it is decoded.
    public void Begin(Board* board, int slot)
    {
        _slot = slot;
        Put(Bar, PciLayout.Memory + ((uint)slot * _window.Bytes));
        _space[Command] = (byte)MemorySpace;
        _space[Line] = PciLayout.LineOf(slot, 0);
        _space[Pin] = 1;
        Follow(board);
    }

    public readonly byte Byte(int register) => _space[register];

    // As a guest has left it that had one of the same kind: what it may write, and what is pending.
    public void Adopt(Board* board, byte* space, in MsiX messages)
    {
        byte capability = MsiX.Capability;
        MsiX = messages;
        MsiX.Capability = capability;
        for (int i = 0; i < Bytes; i++)
        {
            int mask = Writable(i) | (i == Status ? InterruptPending : 0);
            _space[i] = (byte)((_space[i] & ~mask) | (space[i] & mask));
        }

        Follow(board);
    }

    private readonly ushort Commands => (ushort)(_space[Command] | (_space[Command + 1] << 8));

    // It may read and write the guest's memory, and send messages.
    public readonly bool IsMaster => (Commands & BusMaster) != 0;

    public readonly bool HasMessages => (_space[MsiX.Capability + 3] & MsiX.Enable) != 0;

    // The interrupt that the device wants, if it has no messages.
    public void SetInterrupt(Board* board, bool isHigh)
    {
        _space[Status] = (byte)(isHigh ? _space[Status] | InterruptPending : _space[Status] & ~InterruptPending);
        FollowLine(board);
    }

    public void Signal(Board* board, uint vector)
    {
        MsiX.Pend(vector);
        Send(board);
    }

    // Messages that have waited and may go now.
    public void Send(Board* board) => MsiX.Send(board, IsMaster ? _space[MsiX.Capability + 3] : (byte)0);

    public uint Read(uint register, int bytes)
    {
        uint value = 0;
        if (IsThroughAccess(register, bytes, out uint offset))
        {
            return (uint)_window.Read(_window.Owner, offset, bytes);
        }

        for (int i = 0; i < bytes && register + i < Bytes; i++)
        {
            value |= (uint)_space[register + i] << (8 * i);
        }

        return value;
    }

    public void Write(Board* board, uint register, int bytes, uint value)
    {
        if (IsThroughAccess(register, bytes, out uint offset))
        {
            _window.Write(_window.Owner, offset, bytes, value);
            BusRanges.Settle(board, _window.Clock);
            return;
        }

        for (int i = 0; i < bytes && register + i < Bytes; i++)
        {
            byte mask = Writable((int)register + i);
            ref byte at = ref _space[register + i];
            at = (byte)((at & ~mask) | ((byte)(value >> (8 * i)) & mask));
        }

        Follow(board);
        BusRanges.Settle(board, _window.Clock);
    }

    // The bits that a guest may change. A BAR takes the address bits above its size, by which a guest learns that.
    private readonly byte Writable(int register)
    {
        switch (register)
        {
            case Command: return (byte)(MemorySpace | BusMaster);
            case Command + 1: return NoLine >> 8;
            case CacheLine or Line: return byte.MaxValue;
            case >= Bar and < Bar + 4: return (byte)((0 - _window.Bytes) >> (8 * (register - Bar)));
        }

        int access = register - Access;
        return register == MsiX.Capability + 3 && MsiX.Capability != 0 ? (byte)(MsiX.Enable | MsiX.MaskAll)
            : Access != 0 && (access == AccessBar || access is >= AccessOffset and < AccessData) ? byte.MaxValue
            : (byte)0;
    }

    // Virtual I/O Device 1.2, 4.1.4.9 PCI configuration access capability: there is one BAR, and an access is aligned.
    private readonly bool IsThroughAccess(uint register, int bytes, out uint offset)
    {
        offset = 0;
        if (Access == 0 || register != Access + (uint)AccessData || _space[Access + AccessBar] != 0)
        {
            return false;
        }

        offset = Doubleword(Access + AccessOffset);
        return Doubleword(Access + AccessLength) == (uint)bytes && offset < _window.Bytes
            && (offset & ((uint)bytes - 1)) == 0;
    }

    private readonly uint Doubleword(int at) => Unsafe.ReadUnaligned<uint>(in _space[at]);

    // Where somebody else is already, the window is nowhere until it is moved.
    private void Follow(Board* board)
    {
        ulong to = (Commands & MemorySpace) != 0 ? Doubleword(Bar) : 0;
        ref BusRanges memory = ref board->Bus->Memory;
        if (to != _at)
        {
            if (_at != 0)
            {
                memory.Remove(_at);
            }

            _at = to != 0 && memory.TryAdd(to, _window.Bytes, _window) ? to : 0;
        }

        FollowLine(board);
        Send(board);
    }

    private readonly void FollowLine(Board* board) => board->Pci.SetInterrupt(
        board, _slot, (_space[Status] & InterruptPending) != 0 && (Commands & NoLine) == 0 && !HasMessages);
}
