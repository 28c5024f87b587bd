// The rate of the TSC as CPUID tells it, by a ratio to that of a crystal. SDM 2A CPUID, leaf 15H.
namespace MinusOne.Hv.Devices.Timers;

internal static class CrystalRatio
{
    // TSC = ECX * EBX / EAX. ECX is the local APIC's bus as well: guests take it for that. Linux multiplies the
    // kilohertz of ECX by EBX in 32 bits, so EBX is bounded, and EBX / EAX the nearest fraction that this allows: half
    // of 1 / 42,949 from the measured frequency at most, 12 ppm, and mostly far less.
    public static CpuidResult Of(ulong hertz)
    {
        const ulong Most = uint.MaxValue / (GuestClock.Hertz / 1000);
        ulong n = hertz, d = GuestClock.Hertz;
        ulong p = 1, q = 0, pBefore = 0, qBefore = 1;
        while (d != 0)
        {
            ulong term = n / d, fits = p == 0 ? term : Math.Min(term, (Most - pBefore) / p);
            if (2 * fits <= term && term != 0)
            {
                break;
            }

            (p, pBefore) = ((fits * p) + pBefore, p);
            (q, qBefore) = ((fits * q) + qBefore, q);
            (n, d) = (d, fits == term ? n % d : 0);
        }

        return new CpuidResult { Eax = (uint)q, Ebx = (uint)p, Ecx = (uint)GuestClock.Hertz };
    }
}
