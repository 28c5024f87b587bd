// The entries of ACPI's list of interrupt controllers, one after the other. What an entry says of its own length is
// believed only as far as the table goes, and one that is too short for its kind is none of it. ACPI 6.5, 5.2.12
// Multiple APIC Description Table.
namespace MinusOne.Efi.Metal;

internal struct Madt(AcpiTable table)
{
    private const uint Entries = 44;
    private const uint LocalApicKind = 0;
    private const uint LocalApicBytes = 8;
    private const uint IoApicKind = 1;
    private const uint IoApicBytes = 12;
    private const uint X2ApicKind = 9;
    private const uint X2ApicBytes = 16;
    private const uint Enabled = 1;

    private readonly AcpiTable _table = table;
    private uint _at;
    private uint _next = Entries;

    public bool MoveNext()
    {
        _at = _next;
        bool isThere = _at + 2 <= _table.Length && Bytes >= 2 && Bytes <= _table.Length - _at;
        _next += isThere ? Bytes : 0;
        return isThere;
    }

    // The id of a processor that may be started.
    public readonly bool IsProcessor(out uint apicId)
    {
        bool isX2 = Is(X2ApicKind, X2ApicBytes);
        apicId = isX2 ? _table.Dword(_at + 4) : _table.Byte(_at + 3);
        uint flags = _table.Dword(_at + (isX2 ? 8u : 4u));
        uint everybody = isX2 ? uint.MaxValue : byte.MaxValue;
        return (isX2 || Is(LocalApicKind, LocalApicBytes)) && (flags & Enabled) != 0 && apicId != everybody;
    }

    public readonly bool IsIoApic(out uint address)
    {
        address = _table.Dword(_at + 4);
        return Is(IoApicKind, IoApicBytes);
    }

    private readonly uint Bytes => _table.Byte(_at + 1);

    private readonly bool Is(uint kind, uint bytes) => _table.Byte(_at) == kind && Bytes >= bytes;
}
