// The CPUID leaves that NimbOS reads, and its MSRs but for those of SYSCALL: the local APIC by x2APIC, from APIC_BASE
// to the registers that it sets once.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Contract;

internal static class Processor
{
    public const byte TimerVector = 0xF0;
    public const uint Spurious = 0x80F;
    public const uint EndOfInterrupt = 0x80B;
    public const uint Timer = 0x832;
    public const uint InitialCount = 0x838;
    public const uint CurrentCount = 0x839;
    public const uint Masked = 1 << 16;
    public const uint Periodic = 1 << 17;

    private const uint Divide = 0x83E;
    private const int X2Apic = 1 << 21;

    public static void Check(GuestCode part)
    {
        Cpuid(part);
        ApicBase(part);
        Apic(part);
    }

    public static void Write(GuestCode part, uint msr, ulong value)
    {
        Assembler c = part.Code;
        c.mov(ecx, msr);
        c.mov(eax, (uint)value);
        c.mov(edx, (uint)(value >> 32));
        c.wrmsr();
    }

    // Into RAX.
    public static void Read(GuestCode part, uint msr)
    {
        Assembler c = part.Code;
        c.mov(ecx, msr);
        c.rdmsr();
        c.shl(rdx, 32);
        c.or(rax, rdx);
    }

    public static void WriteAndReadBack(GuestCode part, uint msr, ulong value)
    {
        Assembler c = part.Code;
        Write(part, msr, value);
        Read(part, msr);
        c.mov(rbx, value);
        c.cmp(rax, rbx);
        part.Expect(c.je, $"MSR {msr:X} does not read back");
    }

    private static void Cpuid(GuestCode part)
    {
        Assembler c = part.Code;
        Leaf(c, 0);
        c.cmp(eax, 0x16);
        part.Expect(c.jae, "CPUID has no leaf 16");
        Leaf(c, 0x8000_0000);
        c.cmp(eax, unchecked((int)0x8000_0001));
        part.Expect(c.jae, "CPUID has no extended leaf");
        Leaf(c, 1);
        c.test(ecx, X2Apic);
        part.Expect(c.jne, "CPUID does not show the x2APIC");
        Leaf(c, 0x16);
        c.test(eax, eax);
        part.Expect(c.jne, "CPUID does not tell the frequency");
        part.Print("CPUID      leaves 0, 80000000, 1 with x2APIC, 16: ");
        part.PrintDecimal();
        part.PrintLine(" MHz");
    }

    private static void Leaf(Assembler c, uint leaf)
    {
        c.mov(eax, leaf);
        c.xor(ecx, ecx);
        c.cpuid();
    }

    private static void ApicBase(GuestCode part)
    {
        Assembler c = part.Code;
        Read(part, (uint)Msr.ApicBase);
        c.test(eax, 1 << 11);
        part.Expect(c.jne, "the local APIC is off");
        c.or(eax, 1 << 10);
        c.wrmsr();
        c.mov(rbx, rax);
        Read(part, (uint)Msr.ApicBase);
        c.and(eax, 0xC00);
        c.cmp(eax, 0xC00);
        part.Expect(c.je, "APIC_BASE does not read back EN and EXTD");
        part.PrintLine("APIC_BASE  EN is set, and EXTD can be");
    }

    // Each but the first must read back; while the APIC is off by software, its LVT entries stay masked.
    private static void Apic(GuestCode part)
    {
        Assembler c = part.Code;
        Read(part, Spurious);
        c.cmp(eax, 0xFF);
        part.Expect(c.je, "the APIC is not as after reset");
        WriteAndReadBack(part, Spurious, 0xF1);
        WriteAndReadBack(part, Spurious, 0x1F1);
        WriteAndReadBack(part, Timer, Masked | TimerVector);
        WriteAndReadBack(part, 0x835, 0);
        WriteAndReadBack(part, 0x836, 0);
        WriteAndReadBack(part, 0x837, 0xF2);
        WriteAndReadBack(part, Divide, 0xB);
        Write(part, EndOfInterrupt, 0);
        part.PrintLine("x2APIC     SIVR, LVT timer, LINT0, LINT1, LVT error, divide by 1, EOI");
    }
}
