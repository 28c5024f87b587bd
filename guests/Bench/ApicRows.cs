// The rows of the interrupt controllers and timers. First the local APIC as firmware leaves it, in memory; then by
// MSRs, which there is no way back from.

using System.Collections.Generic;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Bench;

internal sealed class ApicRows(GuestCode part)
{
    public const byte InterruptVector = 0x40;
    public const byte TimerVector = 0x41;

    private const uint ApicPage = 0xFEE0_0000;
    private const uint Version = 0x30;
    private const uint TaskPriority = 0x80;
    private const uint HpetPage = 0xFED0_0000;
    private const uint HpetCounter = 0xF0;

    private const uint EndOfInterrupt = 0x80B;
    private const uint SpuriousVector = 0x80F;
    private const uint TimerEntry = 0x832;
    private const uint SelfIpi = 0x83F;

    // Enabled, vector 255.
    private const int SoftwareEnabled = 0x1FF;
    private const int TscDeadlineMode = 2 << 17;
    private const int X2Enabled = 0xC00;

    private const uint TimerTicks = 100_000;

    // Nobody has touched them, nor what is near.
    private const uint PreparedPages = 0x100_0000;

    private const int HasApic = 1 << 9;
    private const int HasX2Apic = 1 << 21;
    private const int HasTscDeadline = 1 << 24;

    public IEnumerable<BenchRow> All
    {
        get
        {
            Assembler c = part.Code;
            yield return new("hpet-read", () => c.mov(eax, __dword_ptr[HpetPage + HpetCounter])) { Check = FindHpet };
            yield return new("xapic-read", () => c.mov(eax, __dword_ptr[ApicPage + Version])) { Check = FindApic };
            yield return new("xapic-write", () => c.mov(__dword_ptr[ApicPage + TaskPriority], eax))
            {
                Check = FindApic,
            };
            yield return new("x2apic-eoi", c.wrmsr) { Ecx = EndOfInterrupt, Check = EnableX2Apic };
            yield return new("x2apic-self-ipi", c.wrmsr)
            {
                Eax = InterruptVector,
                Ecx = SelfIpi,
                Check = AllowInterrupts,
            };
            yield return new("hlt-timer", Wait) { Samples = 100, Check = EnableTimer };
            yield return new("first-write-prepared", () => c.mov(__dword_ptr[rdi], edi))
            {
                Pages = PreparedPages + 0x1000,
                Samples = 32,
                Check = TouchAndWait,
            };
        }
    }

    public static void HandleInterrupt(Assembler c)
    {
        EndInterrupt(c);
        c.iretq();
    }

    // R15: when it came.
    public static void HandleTimer(Assembler c)
    {
        c.rdtsc();
        c.mov(r15d, eax);
        EndInterrupt(c);
        c.iretq();
    }

    private static void EndInterrupt(Assembler c)
    {
        c.mov(ecx, EndOfInterrupt);
        c.xor(eax, eax);
        c.xor(edx, edx);
        c.wrmsr();
    }

    // Moves R8 to the deadline, and on by what has passed since the handler began.
    private void Wait()
    {
        Assembler c = part.Code;
        c.rdtsc();
        c.add(eax, TimerTicks);
        c.adc(edx, 0);
        c.mov(r8d, eax);
        c.mov(ecx, (uint)Msr.TscDeadline);
        c.wrmsr();
        c.sti();
        c.hlt();
        c.cli();
        c.rdtsc();
        c.sub(eax, r15d);
        c.add(r8d, eax);
    }

    private void FindHpet()
    {
        part.Code.mov(eax, __dword_ptr[HpetPage]);
        part.Code.inc(eax);
    }

    private void FindApic()
    {
        part.Code.mov(eax, 1);
        part.Code.cpuid();
        part.Code.test(edx, HasApic);
    }

    // Until HLT has been measured.
    private void AllowInterrupts()
    {
        Find(HasX2Apic);
        part.Code.sti();
    }

    private void Find(int feature)
    {
        part.Code.mov(eax, 1);
        part.Code.cpuid();
        part.Code.test(ecx, feature);
    }

    private void EnableX2Apic()
    {
        Assembler c = part.Code;
        Label missing = c.CreateLabel();
        Find(HasX2Apic);
        c.je(missing);
        c.mov(ecx, (uint)Msr.ApicBase);
        c.rdmsr();
        c.or(eax, X2Enabled);
        c.wrmsr();
        c.mov(ecx, SpuriousVector);
        c.mov(eax, SoftwareEnabled);
        c.xor(edx, edx);
        c.wrmsr();
        c.test(eax, eax);
        c.Label(ref missing);
        c.zero_bytes();
    }

    // The page before, so that there is a table; then a while in which a hypervisor may look ahead.
    private void TouchAndWait()
    {
        Assembler c = part.Code;
        Label missing = c.CreateLabel();
        Find(HasTscDeadline);
        c.je(missing);
        c.mov(__dword_ptr[PreparedPages], eax);
        Wait();
        c.or(eax, 1);
        c.Label(ref missing);
        c.zero_bytes();
    }

    private void EnableTimer()
    {
        Assembler c = part.Code;
        Label missing = c.CreateLabel();
        Find(HasTscDeadline);
        c.je(missing);
        c.mov(ecx, TimerEntry);
        c.mov(eax, TscDeadlineMode | TimerVector);
        c.xor(edx, edx);
        c.wrmsr();
        c.test(eax, eax);
        c.Label(ref missing);
        c.zero_bytes();
    }
}
