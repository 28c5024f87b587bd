// One table of ACPI, or none. What lies behind its end reads as zero, so that a short table is one without the later
// fields, which is how ACPI means it. ACPI 6.5, 5.2.6 System Description Table Header.
namespace MinusOne.Efi.Metal;

internal readonly unsafe struct AcpiTable(byte* start, uint length)
{
    public const uint HeaderBytes = 36;

    private readonly byte* _start = start;

    public uint Length { get; } = length;

    public bool IsThere => _start != null;

    public byte Byte(uint offset) => offset < Length ? _start[offset] : (byte)0;

    public ushort Word(uint offset) => (ushort)(Byte(offset) | (Byte(offset + 1) << 8));

    public uint Dword(uint offset) => Word(offset) | ((uint)Word(offset + 2) << 16);

    public ulong Qword(uint offset) => Dword(offset) | ((ulong)Dword(offset + 4) << 32);
}

// A generic address: which space it is in, and where there. ACPI 6.5, 5.2.3.2 Generic Address Structure.
internal readonly struct AcpiAddress
{
    private const uint AddressOffset = 4;

    private readonly byte _space;

    public AcpiAddress(in AcpiTable table, uint offset)
    {
        _space = table.Byte(offset);
        Value = table.Qword(offset + AddressOffset);
    }

    public ulong Value { get; }

    public bool IsMemory => _space == 0 && Value is not 0 and < (1UL << 32);

    public bool IsPort => _space == 1 && Value is not 0 and <= ushort.MaxValue;
}
