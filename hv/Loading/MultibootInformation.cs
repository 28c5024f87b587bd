// The page that tells a multiboot kernel what it has. Multiboot specification 0.6.96, 3.3 Boot information format:
// memory, command line, modules, ELF sections, memory map, the loader's name. Left out: drives, APM, VBE, frame buffer.
namespace MinusOne.Hv.Loading;

internal static class MultibootInformation
{
    // EAX at the start.
    public const uint Magic = 0x2BAD_B002;

    // Bits of the flags.
    private const uint HasMemory = 1u << 0;
    private const uint HasCommandLine = 1u << 2;
    private const uint HasModules = 1u << 3;
    private const uint HasSections = 1u << 5;
    private const uint HasMap = 1u << 6;
    private const uint HasLoaderName = 1u << 9;

    // The places of things in the page.
    private const int Map = 0x90;
    private const int Names = 0xF0;
    private const int CommandLine = 0x100;
    private const int ModuleRow = 16;

    private const int MapRow = 24;

    // How much of a page the information takes: the command line, then the modules, then their strings.
    public static ulong BytesOf(in KernelFiles files)
    {
        ulong bytes = ModulesAt(files.CommandLine.Length) + ((ulong)files.ModuleCount * ModuleRow);
        for (int i = 0; i < files.ModuleCount; i++)
        {
            bytes += files.Module(i).Text.Length + 1;
        }

        return bytes;
    }

    private static ulong ModulesAt(ulong commandLine) => (CommandLine + commandLine + 1 + 3) & ~3ul;

    // `page` is full of zeros.
    public static void Write(Span<byte> page, in KernelFiles files, in KernelPlan plan, ulong memory)
    {
        uint flags = HasMemory | HasCommandLine | HasMap | HasLoaderName;
        FileWords.PutDoubleword(page, 4, Math.Min(memory, KernelLayout.LowEnd) >> 10);
        FileWords.PutDoubleword(
            page, 8, memory > KernelLayout.HighMemory ? (memory - KernelLayout.HighMemory) >> 10 : 0);
        FileWords.PutDoubleword(page, 16, At(plan, CommandLine));
        files.CommandLine.Span.CopyTo(page.Slice(CommandLine));
        flags |= WriteModules(page, files, plan) | WriteSections(page, files, plan);
        WriteMap(page, files, plan, memory);
        FileWords.PutDoubleword(page, 64, At(plan, Names));
        "MinusOne"u8.CopyTo(page.Slice(Names));
        FileWords.PutDoubleword(page, 0, flags);
    }

    private static uint WriteModules(Span<byte> page, in KernelFiles files, in KernelPlan plan)
    {
        int count = files.ModuleCount;
        if (count == 0)
        {
            return 0;
        }

        int row = (int)ModulesAt(files.CommandLine.Length);
        int text = row + (count * ModuleRow);
        FileWords.PutDoubleword(page, 20, (ulong)count);
        FileWords.PutDoubleword(page, 24, At(plan, row));
        Gpa start = plan.Initrd;
        for (int i = 0; i < count; i++)
        {
            KernelModule module = files.Module(i);
            FileWords.PutDoubleword(page, row, start.Value);
            FileWords.PutDoubleword(page, row + 4, start.Value + module.File.Length);
            FileWords.PutDoubleword(page, row + 8, At(plan, text));
            module.Text.Span.CopyTo(page.Slice(text));
            text += (int)module.Text.Length + 1;
            row += ModuleRow;
            start = module.Behind(start);
        }

        return HasModules;
    }

    private static uint WriteSections(Span<byte> page, in KernelFiles files, in KernelPlan plan)
    {
        if (plan.Sections.Value == 0 || ElfFile.TryOpen(files.Kernel.Span, out ElfFile elf) != LoadStatus.Ready)
        {
            return 0;
        }

        FileWords.PutDoubleword(page, 28, (ulong)elf.SectionCount);
        FileWords.PutDoubleword(page, 32, (ulong)elf.SectionBytes);
        FileWords.PutDoubleword(page, 36, plan.Sections.Value);
        FileWords.PutDoubleword(page, 40, (ulong)elf.NameSection);
        return HasSections;
    }

    private static void WriteMap(Span<byte> page, in KernelFiles files, in KernelPlan plan, ulong memory)
    {
        int rows = MemoryMap.Rows(memory, files.IsForPc);
        for (int i = 0; i < rows; i++)
        {
            int at = Map + (i * MapRow);
            MemoryMap row = MemoryMap.Row(i, memory);
            FileWords.PutDoubleword(page, at, MapRow - 4);
            FileWords.PutDoubleword(page, at + 4, row.Start);
            FileWords.PutDoubleword(page, at + 12, row.Bytes);
            FileWords.PutDoubleword(page, at + 20, row.Type);
        }

        FileWords.PutDoubleword(page, 44, (ulong)(rows * MapRow));
        FileWords.PutDoubleword(page, 48, At(plan, Map));
    }

    private static ulong At(in KernelPlan plan, int offset) => plan.Information.Value + (ulong)offset;
}
