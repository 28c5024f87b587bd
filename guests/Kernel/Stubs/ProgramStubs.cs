// The programs' own instructions: where they start, how they call the kernel, and what only a test wants to do: fault
// in every way there is, and hold a pattern in all vector registers while others run.

using Iced.Intel;
using MinusOne.Efi.Stubs;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kernel.Stubs;

internal static class ProgramStubs
{
    private static readonly AssemblerRegisterXMM[] s_xmm =
    [
        xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15,
    ];

    private static readonly AssemblerRegisterYMM[] s_ymm =
    [
        ymm0, ymm1, ymm2, ymm3, ymm4, ymm5, ymm6, ymm7, ymm8, ymm9, ymm10, ymm11, ymm12, ymm13, ymm14, ymm15,
    ];

    public static StubImage Assemble()
    {
        var stubs = new StubBuilder();
        ProcessorStubs.Identification(stubs);
        Calls(stubs);
        Faults(stubs);
        HoldSse(stubs);
        HoldAvx(stubs);
        return stubs.Assemble();
    }

    private static void Calls(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("ProgramStart"); // the kernel's exec: R8 the line, EDX its length; SYSRET overwrites RCX
        c.mov(rcx, r8);
        c.sub(rsp, 0x20); // the kernel starts it with an aligned stack
        stubs.CallManaged("RunProgram");
        c.ud2();

        stubs.Begin("SystemCall"); // (number, a, b, c): SYSCALL itself overwrites RCX and R11
        c.mov(eax, ecx);
        c.syscall();
        c.ret();
    }

    private static void Faults(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("InvalidInstruction");
        c.ud2();

        stubs.Begin("DisableInterrupts");
        c.cli();
        c.ret();

        stubs.Begin("JumpTo");
        c.jmp(rcx);

        stubs.Begin("DivideByZero");
        c.xor(ecx, ecx);
        c.div(ecx);
        c.ret();
    }

    // (seed, ticks) -> how many of XMM0-15 are no longer what they were, after so many ticks of the TSC.
    private static void HoldSse(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("HoldSse");
        Prologue(c);
        for (int i = 0; i < s_xmm.Length; i++)
        {
            c.lea(rax, __[rcx + i]);
            c.movq(s_xmm[i], rax);
            c.punpcklqdq(s_xmm[i], s_xmm[i]);
        }

        Spin(stubs);
        for (int i = 0; i < s_xmm.Length; i++)
        {
            c.movdqu(__xmmword_ptr[rsp], s_xmm[i]);
            Compare(stubs, i, 2);
        }

        Epilogue(c);
    }

    private static void HoldAvx(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("HoldAvx");
        Prologue(c);
        for (int i = 0; i < s_ymm.Length; i++)
        {
            c.lea(rax, __[rcx + i]);
            c.vmovq(s_xmm[i], rax);
            c.vpunpcklqdq(s_xmm[i], s_xmm[i], s_xmm[i]);
            c.vinsertf128(s_ymm[i], s_ymm[i], s_xmm[i], 1);
        }

        Spin(stubs);
        for (int i = 0; i < s_ymm.Length; i++)
        {
            c.vmovups(__ymmword_ptr[rsp], s_ymm[i]);
            Compare(stubs, i, 4);
        }

        c.vzeroupper();
        Epilogue(c);
    }

    // XMM6-15 are the caller's.
    private static void Prologue(Assembler c)
    {
        c.sub(rsp, 0xE8);
        for (int i = 6; i < s_xmm.Length; i++)
        {
            c.movups(__xmmword_ptr[rsp + (0x20 + (16 * (i - 6)))], s_xmm[i]);
        }
    }

    private static void Spin(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        c.mov(r8, rdx);
        c.rdtsc();
        c.shl(rdx, 32);
        c.or(rax, rdx);
        c.add(r8, rax);
        Label again = stubs.Here();
        c.pause();
        c.rdtsc();
        c.shl(rdx, 32);
        c.or(rax, rdx);
        c.cmp(rax, r8);
        c.jb(again);
        c.xor(r9d, r9d);
    }

    private static void Compare(StubBuilder stubs, int register, int words)
    {
        Assembler c = stubs.Code;
        Label differs = c.CreateLabel();
        Label done = c.CreateLabel();
        c.lea(rax, __[rcx + register]);
        for (int word = 0; word < words; word++)
        {
            c.cmp(rax, __qword_ptr[rsp + (8 * word)]);
            c.jne(differs);
        }

        c.jmp(done);
        stubs.Place(ref differs);
        c.inc(r9d);
        stubs.Place(ref done);
    }

    private static void Epilogue(Assembler c)
    {
        for (int i = 6; i < s_xmm.Length; i++)
        {
            c.movups(s_xmm[i], __xmmword_ptr[rsp + (0x20 + (16 * (i - 6)))]);
        }

        c.mov(eax, r9d);
        c.add(rsp, 0xE8);
        c.ret();
    }
}
