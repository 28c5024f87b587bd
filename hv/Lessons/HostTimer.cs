// One interrupt of the host's own local APIC timer, for configurations that want to see where it goes. SDM 3A 12.5.4
// APIC Timer, 12.8.5 Signaling Interrupt Servicing Completion.

namespace MinusOne.Hv.Lessons;

internal static class HostTimer
{
    private const uint SoftwareEnabled = 0x1FF;
    private const uint Masked = 1u << 16;
    private const uint DivideBy1 = 0xB;

    // Long enough for a guest to start, short enough not to be waited for.
    private const uint Ticks = 500_000;

    public static void Arm(byte vector)
    {
        Write(ApicRegister.SpuriousVector, SoftwareEnabled);
        Write(ApicRegister.Divide, DivideBy1);
        Write(ApicRegister.LvtTimer, vector);
        Write(ApicRegister.InitialCount, Ticks);
    }

    // Nothing stays in service, whether the hypervisor took the interrupt or the guest.
    public static void Disarm(byte vector)
    {
        Write(ApicRegister.LvtTimer, Masked);
        Write(ApicRegister.InitialCount, 0);
        uint word = (uint)ApicRegister.InService + (((uint)vector >> 5) * 0x10);
        if ((Cpu.ReadApic(word) & (1u << (vector & 31))) != 0)
        {
            Write(ApicRegister.EndOfInterrupt, 0);
        }
    }

    private static void Write(ApicRegister register, uint value) => Cpu.WriteApic((uint)register, value);
}
