// Gives a guest with the whole PC its ACPI tables and its MP table. They come ready from the build; only how many
// processors there are is known here.
namespace MinusOne.Hv.Loading;

internal static unsafe class AcpiTables
{
    // False: no memory left. A guest whose RAM ends below the BIOS area has none.
    public static bool TryLoad(GuestMemory* guest, in FileBytes tables, ulong memory, int processors)
    {
        var at = new Gpa(AcpiLayout.Address);
        if (memory < KernelLayout.HighMemory || !tables.IsGiven)
        {
            return true;
        }

        var mpAt = new Gpa(AcpiLayout.MpAddress);
        ReadOnlySpan<byte> mpPointer = tables.Span.Slice(AcpiLayout.MpPointer, AcpiLayout.MpPointerBytes);
        if (guest->Load(at, tables.Span) != Resolution.Mapped || guest->Load(mpAt, mpPointer) != Resolution.Mapped
            || guest->TryReach(at, PageRights.Write, out byte* page) != Resolution.Mapped)
        {
            return false;
        }

        Enable(new Span<byte>(page, (int)tables.Length), processors);
        return true;
    }

    // The first so many processors exist: the MADT marks them, the MP table has no others. A table adds up to zero.
    public static void Enable(Span<byte> tables, int processors)
    {
        int missing = Math.Max(0, AcpiLayout.MostProcessors - processors);
        for (int i = 0; i < AcpiLayout.MostProcessors - missing; i++)
        {
            tables[AcpiLayout.Processors + (i * AcpiLayout.ProcessorBytes) + AcpiLayout.ProcessorFlags] = 1;
            tables[AcpiLayout.Madt + AcpiLayout.ChecksumOfTable]--;
        }

        Span<byte> table = tables.Slice(AcpiLayout.MpTable);
        int end = AcpiLayout.MpProcessors + (AcpiLayout.MostProcessors * AcpiLayout.MpProcessorBytes);
        int gone = missing * AcpiLayout.MpProcessorBytes;
        table.Slice(end).CopyTo(table.Slice(end - gone));
        table = table.Slice(0, table.Length - gone);
        BinaryPrimitives.WriteUInt16LittleEndian(table.Slice(AcpiLayout.MpLength), (ushort)table.Length);
        table[AcpiLayout.MpEntries] -= (byte)missing;
        byte sum = 0;
        foreach (byte value in table)
        {
            sum += value;
        }

        table[AcpiLayout.MpChecksum] -= sum;
    }
}

// What a BIOS leaves in low memory of a PC and kernels read there: where the first serial port is, what equipment there
// is, and how much memory below 640 KiB, at whose end they look for tables. IBM PC AT Technical Reference, BIOS data
// area (segment 40h). No extended area, no disks, no screen: zero says so. A BIOS of the user's own and a kernel that
// lies there find nothing of it.
internal static unsafe class BiosData
{
    private const ulong Start = 0x400;
    private const ulong Bytes = 0x100;
    private const int SerialPort = 0, Equipment = 0x10, BaseMemory = 0x13;
    private const ushort FirstSerialPort = 0x3F8;

    // A coprocessor, and one serial port.
    private const ushort CoprocessorAndPort = 0x0202;

    // False: no memory left.
    public static bool TryLoad(GuestMemory* guest, in KernelFiles files, in KernelPlan plan, ulong memory)
    {
        if (!files.IsForPc || files.Bios.IsGiven || plan.Covers(Start, Bytes))
        {
            return true;
        }

        if (guest->TryReach(new Gpa(Start), PageRights.Write, out byte* area) != Resolution.Mapped)
        {
            return false;
        }

        *(ushort*)(area + SerialPort) = FirstSerialPort;
        *(ushort*)(area + Equipment) = CoprocessorAndPort;
        *(ushort*)(area + BaseMemory) = (ushort)(Math.Min(memory, KernelLayout.LowEnd) >> 10);
        return true;
    }
}
