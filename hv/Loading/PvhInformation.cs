// What tells a PVH kernel what it has: hvm_start_info, version 1, whose address is in EBX. Xen's
// xen/include/public/arch-x86/hvm/start_info.h: the structure, the map of memory, the list of modules, texts.
namespace MinusOne.Hv.Loading;

internal static class PvhInformation
{
    private const uint Magic = 0x336E_C578;
    private const uint Version = 1;
    private const ulong StartInfo = 56;
    private const ulong MapRow = 24;
    private const ulong ModuleRow = 32;

    public static void Write(ref InformationWriter writer, in KernelFiles files, in KernelPlan plan, ulong memory)
    {
        ulong rows = (ulong)MemoryMap.Rows(memory, files.IsForPc), count = (ulong)files.ModuleCount;
        Gpa map = plan.Information + StartInfo;
        Gpa modules = map + (rows * MapRow);
        Gpa texts = modules + (count * ModuleRow);
        writer.Doublewords(Magic, Version);
        writer.Doublewords(0, count);
        writer.Quadword(count == 0 ? 0 : modules.Value);
        writer.Quadword(texts.Value);
        writer.Quadword(files.RsdpFor(plan).Value);
        writer.Quadword(map.Value);
        writer.Doublewords(rows, 0);
        for (int i = 0; i < (int)rows; i++)
        {
            MemoryMap row = MemoryMap.Row(i, memory);
            writer.Quadword(row.Start);
            writer.Quadword(row.Bytes);
            writer.Doublewords(row.Type, 0);
        }

        WriteModules(ref writer, files, plan, texts + files.CommandLine.Length + 1);
        writer.Text(files.CommandLine.Span);
        for (int i = 0; i < (int)count; i++)
        {
            writer.Text(files.Module(i).Text.Span);
        }
    }

    private static void WriteModules(
        ref InformationWriter writer, in KernelFiles files, in KernelPlan plan, Gpa text)
    {
        Gpa start = plan.Initrd;
        for (int i = 0; i < files.ModuleCount; i++)
        {
            KernelModule module = files.Module(i);
            writer.Quadword(start.Value);
            writer.Quadword(module.File.Length);
            writer.Quadword(text.Value);
            writer.Quadword(0);
            start = module.Behind(start);
            text += module.Text.Length + 1;
        }
    }
}
