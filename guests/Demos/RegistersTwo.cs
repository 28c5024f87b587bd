// A12: two virtual processors in one. Each guest fills every register it has with its own pattern - general and debug
// registers, CR2, the MSRs that no VMCS holds, and through XRSTOR all that XCR0 can turn on, x87 to AVX-512 - and looks
// at them again and again while slices of a few microseconds take turns. SDM 1 13.8 Operation of XRSTOR, SDM 3C 26.4.1
// Guest Register State.

using System;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class RegistersTwo
{
    private const uint Rounds = 15_000;
    private const uint Spins = 1000;
    private const uint Slice = 5000;

    // Each guest's share: 10,000 switches in all, at the least.
    private const uint Slices = 5000;

    // What XRSTOR reads, what XSAVE writes, and the patterns of the other registers; then what CPUID says.
    private const uint Area = 0x1_0000;
    private const uint Saved = Area + 0x1000;
    private const uint Words = Saved + 0x1000;
    private const uint End = Words + 0x1000;
    private const uint States = End;
    private const uint Size = End + 8;
    private const uint Round = End + 16;

    // In the area.
    private const uint Mxcsr = 24;
    private const uint Stack = 32;
    private const uint Header = 512;
    private const ulong X87Control = 0xFF_0000_027F;
    private const int MxcsrPattern = 0x5F80;
    private const int FlagsPattern = (int)(Rflags.AlwaysSet | Rflags.Carry | Rflags.Adjust | Rflags.Overflow);

    // The pattern is a sequence of numbers, each made of the one before.
    private const ulong Multiplier = 6364136223846793005;

    // Linear addresses have to be canonical, and some registers have 32 bits.
    private const ulong MsrBits = 0x7FFF_FFFF;

    private static readonly AssemblerRegister64[] s_general =
        [rax, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];

    private static readonly AssemblerRegisterDR[] s_debug = [dr0, dr1, dr2, dr3];

    private static readonly Msr[] s_msrs =
        [Msr.Star, Msr.Lstar, Msr.Cstar, Msr.Fmask, Msr.KernelGsBase, Msr.TscAux];

    public static Guest Guest { get; } = new(
        "registers-two", "A12", "two guests keep every register they have over thousands of switches",
        Filled(0x1111_2222_3333_4444) with { Flags = VmFeatures.WithNext },
        Filled(0x9E37_79B9_7F4A_7C15));

    private static GuestConfig Filled(ulong seed) => new(Start.Long(Body))
    {
        Rbx = seed,
        SliceTicks = Slice,
        Exits = [Exit.AtLeast(ExitReason.PreemptionTimerExpired, Slices).OnVtx()],
    };

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        TurnOn(part);
        MakePattern(part);
        LoadOnce(c);
        c.mov(__dword_ptr[Round], Rounds);
        Place next = part.Here();
        c.push(FlagsPattern);
        c.popfq();
        Each(s_general, (register, word) => c.mov(register, word));
        c.mov(ecx, Spins);
        Place spin = part.Here();
        c.loop(spin); // keeps the flags
        Compare(part);
        c.dec(__dword_ptr[Round]);
        c.jne(next);
        part.PrintLine("general, debug and system registers, MSRs and all extended state are as they were");
        part.PowerOff();
    }

    // All that XCR0 can have.
    private static void TurnOn(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(r8, rbx);
        c.mov(rax, cr4);
        c.or(eax, (int)Cr4.OsXsave);
        c.mov(cr4, rax);
        c.mov(eax, 0xD);
        c.xor(ecx, ecx);
        c.cpuid();
        c.mov(__qword_ptr[States], rax);
        c.shr(ecx, 3);
        c.mov(__qword_ptr[Size], rcx);
        c.xor(ecx, ecx);
        c.xor(edx, edx);
        c.xsetbv();
    }

    // Random bits all over, and then what may not be random.
    private static void MakePattern(GuestCode part)
    {
        Assembler c = part.Code;
        c.cld();
        c.fxsave(__[Saved]);
        c.mov(ebp, __dword_ptr[Saved + Mxcsr + 4]);
        c.mov(r9, Multiplier);
        c.mov(edi, Area);
        c.mov(ecx, (End - Area) / 8);
        Place fill = part.Here();
        c.imul(r8, r9);
        c.inc(r8);
        c.mov(rax, r8);
        c.stosq();
        c.loop(fill);
        c.mov(rax, X87Control);
        c.mov(edi, Area);
        c.stosq();
        c.xor(eax, eax);
        c.stosq();
        c.stosq();
        c.mov(eax, MxcsrPattern);
        c.stosd();
        c.mov(eax, ebp);
        c.stosd();
        c.mov(ecx, 8);
        Place register = part.Here();
        c.and(__qword_ptr[rdi + 8], 0xFFFF);
        c.add(edi, 16);
        c.loop(register);
        c.mov(edi, Area + Header);
        c.mov(rax, __qword_ptr[States]);
        c.stosq();
        c.xor(eax, eax);
        c.mov(ecx, 7);
        c.rep.stosq();
        c.mov(esi, Area);
        c.mov(edi, Saved);
        c.mov(ecx, 0x1000 / 8);
        c.rep.movsq();
    }

    private static void LoadOnce(Assembler c)
    {
        SelectStates(c);
        c.xrstor64(__[Area]);
        Each(s_debug, (register, word) =>
        {
            c.mov(rax, word);
            c.mov(register, rax);
        });
        c.mov(cr2, rax);
        Each(s_msrs, (msr, word) =>
        {
            c.mov(ecx, (uint)msr);
            c.mov(rax, word);
            c.and(eax, (int)MsrBits);
            c.xor(edx, edx);
            c.wrmsr();
        });
    }

    private static void Compare(GuestCode part)
    {
        Assembler c = part.Code;
        c.pushfq();
        Each(s_general, (register, word) =>
        {
            c.cmp(register, word);
            part.Expect(c.je, "a general register has changed");
        });
        c.pop(rax);
        c.cmp(eax, FlagsPattern);
        part.Expect(c.je, "RFLAGS has changed");
        Each(s_debug, (register, word) =>
        {
            c.mov(rax, register);
            c.cmp(rax, word);
            part.Expect(c.je, "a debug register has changed");
        });
        c.mov(rcx, cr2);
        c.cmp(rax, rcx);
        part.Expect(c.je, "CR2 has changed");
        Each(s_msrs, (msr, word) =>
        {
            c.mov(ecx, (uint)msr);
            c.rdmsr();
            c.mov(rbx, word);
            c.and(ebx, (int)MsrBits);
            c.cmp(eax, ebx);
            part.Expect(c.je, "an MSR has changed");
        });
        CompareStates(part);
    }

    private static void CompareStates(GuestCode part)
    {
        Assembler c = part.Code;
        c.xor(ecx, ecx);
        c.xgetbv();
        c.cmp(rax, __qword_ptr[States]);
        part.Expect(c.je, "XCR0 has changed");
        SelectStates(c);
        c.xsave64(__[Saved]);
        c.mov(esi, Area);
        c.mov(edi, Saved);
        c.mov(rcx, __qword_ptr[Size]);
        c.repe.cmpsq();
        part.Expect(c.je, "x87, SSE, AVX or AVX-512 state has changed");
    }

    private static void SelectStates(Assembler c)
    {
        c.mov(eax, __dword_ptr[States]);
        c.xor(edx, edx);
    }

    // With the word of the pattern that belongs to it.
    private static void Each<T>(T[] registers, Action<T, AssemblerMemoryOperand> use)
    {
        for (int i = 0; i < registers.Length; i++)
        {
            use(registers[i], __qword_ptr[Words + (uint)(8 * i)]);
        }
    }
}
