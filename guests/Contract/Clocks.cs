// NimbOS finds out how fast the TSC and the local APIC's timer count by five waits of 10 ms on the HPET. They must
// agree with CPUID's leaf 16, and with one another, within 1 %. A machine that is itself emulated may stand still for a
// while between the two readings of a moment: what does not agree is measured again before it is called wrong.

using System;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Contract;

internal static class Clocks
{
    public const uint HpetHertz = 100_000_000;
    private const uint Wait = HpetHertz / 100;
    private const int Waits = 5;
    private const int Tries = 8;
    private const uint HpetKilohertz = HpetHertz / 1000;
    private const uint BusMegahertz = 100;

    public static void Calibrate(GuestCode part)
    {
        Assembler c = part.Code;
        Until(part, "that does not agree with CPUID", () =>
        {
            Measure(part, "TSC", () =>
            {
                c.rdtsc();
                c.shl(rdx, 32);
                c.or(rax, rdx);
            });
            c.mov(edi, eax);
            c.mov(eax, 0x16);
            c.cpuid();
        });
        Processor.Write(part, Processor.InitialCount, uint.MaxValue);
        Until(part, "that does not agree with the HPET", () =>
        {
            Measure(part, "LAPIC", () =>
            {
                Processor.Read(part, Processor.CurrentCount);
                c.neg(rax); // it counts down
            });
            c.mov(edi, eax);
            c.mov(eax, BusMegahertz);
        });
    }

    // What was measured, EDI kilohertz, against what it should be, EAX megahertz.
    private static void Until(GuestCode part, string otherwise, Action measure)
    {
        Assembler c = part.Code;
        Place done = part.NewPlace();
        c.mov(r10d, Tries);
        Place again = part.Here();
        measure();
        c.imul(eax, eax, 1000);
        c.mov(ebx, eax);
        c.sub(edi, eax);
        c.mov(eax, edi);
        c.neg(eax);
        c.cmovs(eax, edi);
        c.imul(eax, eax, 100);
        c.cmp(eax, ebx);
        c.jb(done);
        c.dec(r10d);
        c.jne(again);
        part.Expect(c.jne, otherwise);
        part.Mark(done);
    }

    // Both ends of a wait are read in the same order, so that what a reading costs does not count. EAX: kilohertz.
    private static void Measure(GuestCode part, string name, Action read)
    {
        Assembler c = part.Code;
        c.xor(r8d, r8d);
        c.xor(r9d, r9d);
        c.mov(edi, Waits);
        Place next = part.Here();
        Hpet.ReadCounter(c);
        c.sub(r9, rax);
        c.push(rax);
        read();
        c.sub(r8, rax);
        c.pop(rax);
        c.lea(rbx, __[rax + (int)Wait]);
        Place wait = part.Here();
        Hpet.ReadCounter(c);
        c.cmp(rax, rbx);
        c.jb(wait);
        c.add(r9, rax);
        read();
        c.add(r8, rax);
        c.dec(edi);
        c.jne(next);

        c.imul(rax, r8, (int)HpetKilohertz);
        c.xor(edx, edx);
        c.div(r9);
        part.Print($"Calibrated {name} frequency: ");
        part.PrintDecimal();
        part.PrintLine(" kHz");
    }
}
