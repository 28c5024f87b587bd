// The map of a guest's memory as E820 has it, for whoever tells it to a kernel. The BIOS area, with ACPI's tables in
// it, is no memory to a kernel, and neither are the registers of PCI, which a PC has.
namespace MinusOne.Hv.Loading;

internal readonly struct MemoryMap
{
    public const uint Ram = 1;
    public const uint Reserved = 2;

    public readonly ulong Start;
    public readonly ulong Bytes;
    public readonly uint Type;

    private MemoryMap(ulong start, ulong end, uint type)
    {
        Start = start;
        Bytes = end - start;
        Type = type;
    }

    private static ReadOnlySpan<ulong> Borders => [0, KernelLayout.LowEnd, KernelLayout.HighMemory, ulong.MaxValue];

    public static int Rows(ulong memory, bool isPc) => RowsBelow(memory) + (isPc ? 1 : 0);

    public static MemoryMap Row(int row, ulong memory) => row < RowsBelow(memory)
        ? new(Borders[row], Math.Min(Borders[row + 1], memory), row == 1 ? Reserved : Ram)
        : new(PciLayout.Configuration, PciLayout.Configuration + PciLayout.ConfigurationBytes, Reserved);

    private static int RowsBelow(ulong memory) =>
        memory > KernelLayout.HighMemory ? 3 : memory > KernelLayout.LowEnd ? 2 : 1;
}
