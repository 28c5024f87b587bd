// The page that tells a Linux kernel what it has, "boot_params" or the zero page. Linux's
// Documentation/arch/x86/zero-page.rst: the kernel's own header with a loader's fields filled in, the map of memory
// (as E820 has it), the RSDP. Left out: screen, disks, APM, EFI; zero says that there are none.
namespace MinusOne.Hv.Loading;

internal static class LinuxParameters
{
    // Fields of the page, and those of the header that a loader writes.
    private const int Rsdp = 0x70, MapRows = 0x1E8, Loader = 0x210, InitrdAt = 0x218, InitrdBytes = 0x21C;
    private const int Code32Start = 0x214, CommandLineAt = 0x228, Map = 0x2D0;

    private const byte UnknownLoader = 0xFF;
    private const int MapRowBytes = 20;

    // `page` is full of zeros.
    public static void Write(Span<byte> page, in KernelFiles files, in KernelPlan plan, ulong memory)
    {
        var header = new LinuxHeader(files.Kernel.Span);
        header.Fields.CopyTo(page.Slice(LinuxHeader.Start));
        page[Loader] = UnknownLoader;
        FileWords.PutDoubleword(page, Code32Start, plan.Start.Value);
        FileWords.PutDoubleword(page, CommandLineAt, KernelLayout.CommandLine);
        FileWords.PutDoubleword(page, InitrdAt, plan.Initrd.Value);
        FileWords.PutDoubleword(page, InitrdBytes, files.Initrd.Length);
        if (header.TakesRsdp)
        {
            FileWords.PutDoubleword(page, Rsdp, files.RsdpFor(plan).Value);
        }

        WriteMap(page, memory, files.IsForPc);
    }

    private static void WriteMap(Span<byte> page, ulong memory, bool isPc)
    {
        int rows = MemoryMap.Rows(memory, isPc);
        for (int i = 0; i < rows; i++)
        {
            Span<byte> place = page.Slice(Map + (i * MapRowBytes));
            MemoryMap row = MemoryMap.Row(i, memory);
            FileWords.PutDoubleword(place, 0, row.Start);
            FileWords.PutDoubleword(place, 8, row.Bytes);
            FileWords.PutDoubleword(place, 16, row.Type);
        }

        page[MapRows] = (byte)rows;
    }
}
