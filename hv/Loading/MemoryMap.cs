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

    public static int Rows(bool isPc) => isPc ? 4 : 3;

    public static MemoryMap Row(int row, ulong memory) => row switch
    {
        0 => new(0, KernelLayout.LowEnd, Ram),
        1 => new(KernelLayout.LowEnd, KernelLayout.HighMemory, Reserved),
        2 => new(KernelLayout.HighMemory, memory, Ram),
        _ => new(PciLayout.Configuration, PciLayout.Configuration + PciLayout.ConfigurationBytes, Reserved),
    };
}
