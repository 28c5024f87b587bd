// NimbOS's clock: the HPET at FED00000, in aligned accesses of 64 bits. Nothing else of the machine is memory-mapped.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Contract;

internal static class Hpet
{
    private const uint Base = 0xFED0_0000;
    private const int LegacyCapable = 1 << 15;
    private const int InterruptEnable = 4;
    private const uint FemtosecondsPerMicrosecond = 1_000_000_000;

    // RBP holds its address from here on. The accesses are plain MOVs.
    public static void Check(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(ebp, Base);
        c.mov(rbx, __qword_ptr[rbp]);
        c.test(ebx, LegacyCapable);
        part.Expect(c.jne, "the HPET has no legacy replacement");
        c.mov(rcx, rbx);
        c.shr(rcx, 32);
        part.Expect(c.jne, "the HPET has no period");
        c.mov(eax, FemtosecondsPerMicrosecond);
        c.xor(edx, edx);
        c.div(ecx);
        part.Print("HPET       ");
        part.PrintDecimal();
        part.Print(" MHz, timers: ");
        c.shr(ebx, 8);
        c.and(ebx, 0x1F);
        c.lea(eax, __[rbx + 1]);
        part.PrintDecimal();
        Configure(part);
        part.PrintLine("; they can be set up, and it counts");
    }

    // Into RAX.
    public static void ReadCounter(Assembler c) => c.mov(rax, __qword_ptr[rbp + 0xF0]);

    private static void Configure(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(eax, 1);
        c.mov(__qword_ptr[rbp + 0x10], rax);
        c.lea(rdi, __[rbp + 0x100]);
        Place next = part.Here();
        c.mov(rax, __qword_ptr[rdi]);
        c.and(rax, ~InterruptEnable);
        c.mov(__qword_ptr[rdi], rax);
        c.mov(rcx, __qword_ptr[rdi]);
        c.cmp(rcx, rax);
        part.Expect(c.je, "a timer of the HPET does not read back");
        c.add(rdi, 0x20);
        c.dec(ebx);
        c.jns(next);
        ReadCounter(c);
        c.mov(rbx, rax);
        ReadCounter(c);
        c.cmp(rax, rbx);
        part.Expect(c.ja, "the HPET does not count");
    }
}
