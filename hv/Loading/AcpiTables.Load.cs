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

        if (guest->Load(at, tables.Span) != Resolution.Mapped
            || guest->TryReach(at, PageRights.Write, out byte* page) != Resolution.Mapped)
        {
            return false;
        }

        if (guest->Load(
            new Gpa(AcpiLayout.MpAddress), tables.Span.Slice(AcpiLayout.MpPointer, AcpiLayout.MpPointerBytes))
            != Resolution.Mapped)
        {
            return false;
        }

        Enable(new Span<byte>(page, (int)tables.Length), processors);
        return true;
    }

    // The first so many processors exist: the MADT marks them, the MP table has no others. A table's bytes add up to
    // zero.
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
