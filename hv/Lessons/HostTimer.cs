// One interrupt of the host's own local APIC timer, for configurations that want to see where it goes. SDM 3A 12.5.4
// APIC Timer, 12.8.5 Signaling Interrupt Servicing Completion. Registers are given by their offset in the xAPIC page.

namespace MinusOne.Hv.Lessons;

internal static class HostTimer
{
    private const uint EndOfInterruptRegister = 0xB0;
    private const uint SpuriousVector = 0xF0;
    private const uint InService = 0x100;
    private const uint TimerEntry = 0x320;
    private const uint InitialCount = 0x380;
    private const uint Divide = 0x3E0;

    private const uint SoftwareEnabled = 0x1FF;
    private const uint Masked = 1u << 16;
    private const uint DivideBy1 = 0xB;

    // Long enough for a guest to start, short enough not to be waited for.
    private const uint Ticks = 500_000;

    public static void Arm(byte vector)
    {
        Cpu.WriteApic(SpuriousVector, SoftwareEnabled);
        Cpu.WriteApic(Divide, DivideBy1);
        Cpu.WriteApic(TimerEntry, vector);
        Cpu.WriteApic(InitialCount, Ticks);
    }

    // Nothing stays in service, whether the hypervisor took the interrupt or the guest.
    public static void Disarm(byte vector)
    {
        Cpu.WriteApic(TimerEntry, Masked);
        Cpu.WriteApic(InitialCount, 0);
        uint word = InService + (((uint)vector >> 5) * 0x10);
        if ((Cpu.ReadApic(word) & (1u << (vector & 31))) != 0)
        {
            Cpu.WriteApic(EndOfInterruptRegister, 0);
        }
    }
}
