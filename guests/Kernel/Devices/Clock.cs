// Time is the TSC. How fast it is, and the local APIC's timer with it, is measured against the HPET or the PIT,
// whichever there is; the shortest of five measurements counts: the order of reading sees to it that a disturbance only
// makes them longer. Without either, CPUID 15H.

using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Devices;

internal static unsafe class Clock
{
    private const ulong Second = 1_000_000_000;
    private const ulong WindowNanoseconds = 10_000_000;
    private const uint WindowPit = (uint)(Pit.Hertz / 100);
    private const int Attempts = 5;

    private static ulong s_start;

    public static ClockSource Source { get; private set; }

    public static ulong TscHertz { get; private set; }

    public static ulong ApicHertz { get; private set; }

    public static ulong TscByHpet { get; private set; }

    public static ulong TscByPit { get; private set; }

    public static ulong Now => Cpu.ReadTsc();

    // Since the kernel started.
    public static ulong Nanoseconds => InNanoseconds(Now - s_start);

    public static void Calibrate()
    {
        s_start = Now;
        Source = ClockSource.Cpuid;
        if (Pit.Exists)
        {
            Source = ClockSource.Pit;
            TscByPit = ByPit();
        }

        if (Hpet.Exists)
        {
            Source = ClockSource.Hpet;
            Hpet.Start();
            TscByHpet = ByHpet();
        }

        if (Source == ClockSource.Cpuid)
        {
            ByCpuid();
        }
    }

    // Halves, so that nothing overflows: whole seconds and the rest.
    public static ulong InNanoseconds(ulong ticks) =>
        (ticks / TscHertz * Second) + (ticks % TscHertz * Second / TscHertz);

    public static ulong Ticks(ulong nanoseconds) =>
        (nanoseconds / Second * TscHertz) + (nanoseconds % Second * TscHertz / Second);

    public static uint ApicTicks(ulong nanoseconds) => (uint)(nanoseconds * ApicHertz / Second);

    private static ulong ByHpet()
    {
        ulong best = ulong.MaxValue;
        for (int i = 0; i < Attempts; i++)
        {
            (ulong tsc, uint apic) = Begin();
            uint from = Hpet.Count;
            ulong passed;
            do
            {
                passed = Hpet.Nanoseconds(Hpet.Count - from);
            }
            while (passed < WindowNanoseconds);

            best = Take(best, Now - tsc, apic, passed);
        }

        return best;
    }

    private static ulong ByPit()
    {
        ulong best = ulong.MaxValue;
        for (int i = 0; i < Attempts; i++)
        {
            (ulong tsc, uint apic) = Begin();
            Pit.Start();
            uint passed;
            do
            {
                passed = Pit.Passed;
            }
            while (passed < WindowPit);

            best = Take(best, Now - tsc, apic, passed * Second / Pit.Hertz);
        }

        return best;
    }

    private static (ulong Tsc, uint Apic) Begin()
    {
        LocalApic.StartCount(uint.MaxValue);
        return (Now, LocalApic.Count);
    }

    private static ulong Take(ulong best, ulong ticks, uint apic, ulong nanoseconds)
    {
        uint counted = apic - LocalApic.Count;
        LocalApic.StartCount(0);
        ulong hertz = ticks * Second / nanoseconds;
        if (hertz >= best)
        {
            return best;
        }

        TscHertz = hertz;
        ApicHertz = counted * Second / nanoseconds;
        return hertz;
    }

    // SDM 2A CPUID, leaf 15H: TSC = crystal x EBX / EAX; the local APIC's timer counts the crystal.
    private static void ByCpuid()
    {
        CpuidResult leaf;
        Cpu.Cpuid(0, 0, &leaf);
        bool known = leaf.Eax >= 0x15;
        Cpu.Cpuid(0x15, 0, &leaf);
        known = known && leaf.Eax != 0 && leaf.Ebx != 0 && leaf.Ecx != 0;
        ApicHertz = known ? leaf.Ecx : Second;
        TscHertz = known ? (ulong)leaf.Ecx * leaf.Ebx / leaf.Eax : Second;
    }
}
