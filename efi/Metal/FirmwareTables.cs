// The tables of ACPI that firmware has left in memory. Nothing in them is believed: a table counts only if it lies in
// memory that firmware lists, has a length that can be, and adds up to zero. ACPI 6.5, 5.2.5 Root System Description
// Pointer, 5.2.7 RSDT, 5.2.8 XSDT.

using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Metal;

internal unsafe struct FirmwareTables
{
    public const uint Fadt = 0x5043_4146; // FACP
    public const uint Hpet = 0x5445_5048;
    public const uint Madt = 0x4349_5041; // APIC
    public const uint Dmar = 0x5241_4D44;
    public const uint Ivrs = 0x5352_5649;
    public const uint Redirection = 0x5243_5053; // SPCR
    public const uint DebugPorts = 0x3247_4244; // DBG2

    private const ulong PointerSignature = 0x2052_5450_2044_5352; // "RSD PTR "
    private const uint FirstPointerBytes = 20;
    private const uint PointerBytes = 36;
    private const uint MostBytes = 1 << 20;
    private const uint MostTables = 256;

    private MemoryListing _memory;
    private AcpiTable _root;
    private uint _entryBytes;

    // Without a pointer, or with a bad one, there are no tables.
    public FirmwareTables(byte* pointer, in MemoryListing memory)
    {
        _memory = memory;
        if (pointer == null || !memory.Holds((ulong)pointer, FirstPointerBytes)
            || *(ulong*)pointer != PointerSignature || !AddsUp(pointer, FirstPointerBytes))
        {
            return;
        }

        bool isLong = pointer[15] >= 2 && memory.Holds((ulong)pointer, PointerBytes) && AddsUp(pointer, PointerBytes);
        _root = isLong ? At(*(ulong*)(pointer + 24)) : default;
        _entryBytes = _root.IsThere ? 8u : 4u;
        _root = _root.IsThere ? _root : At(*(uint*)(pointer + 16));
    }

    // There may be a device's registers: a table that names memory instead is not believed.
    public readonly bool IsDevice(ulong address) => address != 0 && !_memory.IsRam(address);

    // The first good one of this name.
    public readonly AcpiTable Find(uint signature)
    {
        for (uint i = 0; i < MostTables; i++)
        {
            if (NameOf(i) == signature && At(AddressOf(i)) is { IsThere: true } table)
            {
                return table;
            }
        }

        return default;
    }

    // What the table of this number calls itself; 0: there is none.
    public readonly uint NameOf(uint number)
    {
        ulong address = AddressOf(number);
        return address != 0 && _memory.Holds(address, AcpiTable.HeaderBytes) ? *(uint*)address : 0;
    }

    private readonly ulong AddressOf(uint number)
    {
        uint offset = AcpiTable.HeaderBytes + (number * _entryBytes);
        return offset + _entryBytes > _root.Length ? 0
            : _entryBytes == 8 ? _root.Qword(offset)
            : _root.Dword(offset);
    }

    private readonly AcpiTable At(ulong address)
    {
        if (!_memory.Holds(address, AcpiTable.HeaderBytes))
        {
            return default;
        }

        uint length = *(uint*)(address + 4);
        bool isGood = length is >= AcpiTable.HeaderBytes and <= MostBytes && _memory.Holds(address, length)
            && AddsUp((byte*)address, length);
        return isGood ? new AcpiTable((byte*)address, length) : default;
    }

    private static bool AddsUp(byte* start, uint length)
    {
        int sum = 0;
        for (uint i = 0; i < length; i++)
        {
            sum += start[i];
        }

        return (sum & 0xFF) == 0;
    }
}
