// What tells a multiboot 2 kernel what it has: tags, each 8-aligned. Multiboot2 specification 2.0, 3.6 Boot information
// format: command line, the loader's name, memory, its map, modules, ELF's sections, where a relocatable kernel lies,
// the RSDP of ACPI. Left out: boot device, APM, VBE, frame buffer, EFI, SMBIOS, network.
namespace MinusOne.Hv.Loading;

internal static class Multiboot2Information
{
    // EAX at the start.
    public const uint Magic = 0x36D7_6289;

    private const uint End = 0, CommandLine = 1, LoaderName = 2, Module = 3, BasicMemory = 4, Map = 6, Sections = 9;
    private const uint OldRsdp = 14, NewRsdp = 15, LoadBase = 21;

    private const ulong TagHeader = 8;
    private const int MapRow = 24;

    // The RSDP of ACPI 1.0 is the beginning of the later one, with a checksum of its own.
    private const int OldRsdpBytes = 20, NewRsdpBytes = 36;

    public static bool IsKnown(uint type) =>
        type is End or CommandLine or LoaderName or Module or BasicMemory or Map or Sections or OldRsdp or NewRsdp
            or LoadBase;

    public static void Write(ref InformationWriter writer, in KernelFiles files, in KernelPlan plan, ulong memory)
    {
        writer.Doublewords(plan.InformationBytes, 0);
        WriteText(ref writer, CommandLine, files.CommandLine.Span);
        WriteText(ref writer, LoaderName, "MinusOne"u8);
        writer.Doublewords(BasicMemory, TagHeader + 8);
        writer.Doublewords(KernelLayout.LowEnd >> 10, (memory - KernelLayout.HighMemory) >> 10);
        WriteMap(ref writer, memory, files.IsForPc);
        WriteModules(ref writer, files, plan);
        if (plan.IsElf && ElfFile.TryOpen(files.Kernel.Span, out ElfFile elf) == LoadStatus.Ready
            && elf.SectionCount != 0)
        {
            WriteSections(ref writer, elf);
        }

        if (plan.IsRelocatable)
        {
            writer.Doublewords(LoadBase, TagHeader + 4);
            writer.Doubleword(plan.Start.Value);
            writer.Align();
        }

        if (files.RsdpFor(plan).Value != 0)
        {
            WriteTable(ref writer, OldRsdp, files.OwnTables.Span.Slice(0, OldRsdpBytes));
            WriteTable(ref writer, NewRsdp, files.OwnTables.Span.Slice(0, NewRsdpBytes));
        }

        writer.Doublewords(End, TagHeader);
    }

    private static void WriteText(ref InformationWriter writer, uint type, ReadOnlySpan<byte> text)
    {
        writer.Doublewords(type, TagHeader + (ulong)text.Length + 1);
        writer.Text(text);
        writer.Align();
    }

    private static void WriteMap(ref InformationWriter writer, ulong memory, bool isPc)
    {
        int rows = MemoryMap.Rows(memory, isPc);
        writer.Doublewords(Map, TagHeader + 8 + (ulong)(rows * MapRow));
        writer.Doublewords(MapRow, 0);
        for (int i = 0; i < rows; i++)
        {
            MemoryMap row = MemoryMap.Row(i, memory);
            writer.Quadword(row.Start);
            writer.Quadword(row.Bytes);
            writer.Doublewords(row.Type, 0);
        }
    }

    private static void WriteModules(ref InformationWriter writer, in KernelFiles files, in KernelPlan plan)
    {
        Gpa start = plan.Initrd;
        for (int i = 0; i < files.ModuleCount; i++)
        {
            KernelModule module = files.Module(i);
            writer.Doublewords(Module, TagHeader + 8 + module.Text.Length + 1);
            writer.Doublewords(start.Value, start.Value + module.File.Length);
            writer.Text(module.Text.Span);
            writer.Align();
            start = module.Behind(start);
        }
    }

    private static void WriteSections(ref InformationWriter writer, in ElfFile elf)
    {
        ReadOnlySpan<byte> table = elf.SectionTable;
        writer.Doublewords(Sections, TagHeader + 12 + (ulong)table.Length);
        writer.Doublewords((ulong)elf.SectionCount, (ulong)elf.SectionBytes);
        writer.Doubleword((ulong)elf.NameSection);
        writer.Sections = writer.At;
        writer.Bytes(table);
        writer.Align();
    }

    private static void WriteTable(ref InformationWriter writer, uint type, ReadOnlySpan<byte> table)
    {
        writer.Doublewords(type, TagHeader + (ulong)table.Length);
        writer.Bytes(table);
        writer.Align();
    }
}
