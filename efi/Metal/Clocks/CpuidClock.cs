// What the processor says of its own TSC: a ratio to a crystal (leaf 15H), or its base frequency in megahertz (16H).
// Emulators and other hypervisors often say what is not so, so this counts only beside what was measured, or alone
// where nothing could be. SDM 2A CPUID.
namespace MinusOne.Efi.Metal.Clocks;

internal static class CpuidClock
{
    private const uint CrystalLeaf = 0x15;
    private const uint FrequencyLeaf = 0x16;
    private const ulong CrystalDoubt = 100;
    private const ulong FrequencyDoubt = 5_000;

    public static ClockReading Read()
    {
        uint last = Cpu.Cpuid(0).Eax;
        CpuidResult ratio = last >= CrystalLeaf ? Cpu.Cpuid(CrystalLeaf) : default;
        if (ratio.Eax != 0 && ratio.Ebx != 0 && ratio.Ecx != 0)
        {
            return Of((ulong)ratio.Ecx * ratio.Ebx / ratio.Eax, CrystalDoubt);
        }

        return last >= FrequencyLeaf
            ? Of((ulong)(Cpu.Cpuid(FrequencyLeaf).Eax & 0xFFFF) * 1_000_000, FrequencyDoubt)
            : default;
    }

    private static ClockReading Of(ulong hertz, ulong doubt) =>
        hertz is >= ClockReading.LeastHertz and <= ClockReading.MostHertz
            ? new ClockReading(ClockKind.Cpuid, hertz, doubt)
            : default;
}
