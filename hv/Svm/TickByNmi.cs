// A second way to take the processor back from a guest, where the first does not reach it: Bochs masks the interrupt of
// the local APIC while the guest has its interrupts off, although V_INTR_MASKING leaves that to the host. An NMI comes
// all the same: the interval timer's, a hundred times in a second, by way of the I/O APIC. AMD APM 2 15.21.1 Physical
// (INTR) Interrupt Masking in EFLAGS, 15.13.2 NMI Intercept.
namespace MinusOne.Hv.Svm;

internal static class TickByNmi
{
    public const uint Vector = 2;

    private const uint TimerPin = 2;
    private const uint FirstEntry = 0x10;
    private const uint DeliversNmi = 4u << 8;
    private const uint Masked = 1u << 16;
    private const ushort TimerMode = 0x43;
    private const ushort TimerCount = 0x40;

    // Counter 0, both bytes, a pulse at each end of the count: 10 ms.
    private const byte RateGenerator = 0x34;
    private const ushort Count = 11_932;

    // No processor that flushes by ASID came without clean bits.
    public static bool IsNeeded(in SvmCapabilities capabilities) =>
        capabilities.Has(SvmFeatures.FlushByAsid) && !capabilities.Has(SvmFeatures.CleanBits);

    public static void Start()
    {
        Cpu.Out8(TimerMode, RateGenerator);
        Cpu.Out8(TimerCount, unchecked((byte)Count));
        Cpu.Out8(TimerCount, Count >> 8);
        Route(DeliversNmi);
    }

    public static void Stop() => Route(Masked);

    private static void Route(uint low)
    {
        Cpu.WriteIoApic(FirstEntry + (2 * TimerPin) + 1, Cpu.ReadApic(0x20) & 0xFF00_0000);
        Cpu.WriteIoApic(FirstEntry + (2 * TimerPin), low);
    }
}
