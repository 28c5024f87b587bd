// The places of a PC's ACPI tables in guest memory: guests/Bios makes them for these addresses, the loader puts them
// there and writes into them which processors exist. ACPI 6.5, 5.2.5.1 Finding the RSDP on IA-PC Systems, 5.2.12
// Multiple APIC Description Table; MultiProcessor Specification 1.4, 4 MP Configuration Table.
namespace MinusOne.Hv.Loading;

internal static class AcpiLayout
{
    // The BIOS area, which no map of memory calls RAM. The RSDP is the first thing in it.
    public const uint Address = 0xE_0000;

    public const int Madt = 0x40;
    public const int ChecksumOfTable = 9;

    // In the MADT: entries of the first kind, all alike.
    public const int Processors = Madt + 44;
    public const int ProcessorBytes = 8;
    public const int ProcessorFlags = 4;
    public const int MostProcessors = 8;

    // What follows the ACPI tables: what goes to MpAddress, and the table it points to, processors' entries all alike.
    public const uint MpAddress = 0xF_0000;
    public const int MpPointer = 0xA00;
    public const int MpPointerBytes = 16;
    public const int MpTable = MpPointer + MpPointerBytes;
    public const int MpLength = 4;
    public const int MpChecksum = 7;
    public const int MpEntries = 34;
    public const int MpProcessors = 44;
    public const int MpProcessorBytes = 20;
}
