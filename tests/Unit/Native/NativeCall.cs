// Calls machine code of the image on the host. The image's convention is Microsoft's (arguments in RCX, RDX, R8, R9;
// RBX, RBP, RSI, RDI, R12-15 and XMM6-15 belong to the caller), the host's is System V: a trampoline loads every
// register from a structure, calls, and stores every register back, so that a test can see what the code has touched.

using System;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Unit.Native;

internal sealed unsafe class NativeCall : IDisposable
{
    private const int Function = 0x28; // above the callee's home space
    private const int Registers = 0x30;

    private static readonly AssemblerRegister64[] s_general =
        [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];

    private static readonly AssemblerRegisterXMM[] s_xmm =
        [xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15];

    private static readonly AssemblerRegister64[] s_hostKeeps = [rbx, rbp, r12, r13, r14, r15];

    private readonly CodeMemory _memory = new(4096);
    private readonly ulong* _stack;

    public NativeCall()
    {
        _stack = (ulong*)(_memory.Address + 2048);
        MakeTrampoline();
    }

    // Code that called code may call instead of returning: it ends the call. Its arguments are kept for Escaped.
    public byte[] Escape
    {
        get
        {
            var c = new Assembler(64);
            c.mov(rax, (ulong)_stack);
            c.mov(rsp, __qword_ptr[rax]);
            c.mov(__qword_ptr[rax + 8], rcx);
            c.mov(__qword_ptr[rax + 16], rdx);
            c.jmp(__qword_ptr[rax + 24]);
            return CodeMemory.Assemble(c, 0);
        }
    }

    // The two arguments of the last escape.
    public (ulong First, ulong Second) Escaped => (_stack[1], _stack[2]);

    public void Dispose() => _memory.Dispose();

    // Calls with the given arguments and patterns everywhere else, and demands that what is the caller's came back
    // unchanged.
    public ulong Invoke(void* function, ulong a = 0, ulong b = 0, ulong c = 0, ulong d = 0)
    {
        NativeRegisters registers = Pattern();
        registers.General[NativeRegisters.Rcx] = a;
        registers.General[NativeRegisters.Rdx] = b;
        registers.General[NativeRegisters.R8] = c;
        registers.General[NativeRegisters.R9] = d;
        registers.Function = function;
        Invoke(ref registers);
        NativeRegisters expected = Pattern();
        foreach (int number in (ReadOnlySpan<int>)[3, 5, 6, 7, 12, 13, 14, 15])
        {
            Check(expected.General[number] == registers.General[number], s_general[number].Value);
        }

        for (int i = 2 * 6; i < 2 * 16; i++)
        {
            Check(expected.Xmm[i] == registers.Xmm[i], s_xmm[i / 2].Value);
        }

        return registers.General[NativeRegisters.Rax];
    }

    public void Invoke(ref NativeRegisters registers)
    {
        fixed (NativeRegisters* pointer = &registers)
        {
            ((delegate* unmanaged<NativeRegisters*, void>)_memory.Address)(pointer);
        }
    }

    // A different value in every register.
    public static NativeRegisters Pattern()
    {
        var registers = default(NativeRegisters);
        for (int i = 0; i < 16; i++)
        {
            registers.General[i] = 0xC0DE_0000_5AFE_0000 + ((ulong)i * 0x0101_0000_0001);
        }

        for (int i = 0; i < 32; i++)
        {
            registers.Xmm[i] = 0x7E57_0000_FACE_0000 + ((ulong)i * 0x0100_0001);
        }

        return registers;
    }

    private static void Check(bool kept, Register register)
    {
        if (!kept)
        {
            throw new InvalidOperationException($"{register} belongs to the caller and was changed");
        }
    }

    private void MakeTrampoline()
    {
        var c = new Assembler(64);
        Label behind = c.CreateLabel();
        Array.ForEach(s_hostKeeps, register => c.push(register));
        c.push(rdi);
        c.sub(rsp, Registers);
        c.mov(rax, (ulong)_stack);
        c.mov(__qword_ptr[rax], rsp);
        c.lea(rcx, __[behind]);
        c.mov(__qword_ptr[rax + 24], rcx);
        c.mov(rax, __qword_ptr[rdi + NativeRegisters.FunctionOffset]);
        c.mov(__qword_ptr[rsp + Function], rax);
        Load(c);
        c.call(__qword_ptr[rsp + Function]);
        c.Label(ref behind);
        Store(c);
        c.add(rsp, Registers + 8);
        for (int i = s_hostKeeps.Length - 1; i >= 0; i--)
        {
            c.pop(s_hostKeeps[i]);
        }

        c.ret();
        CodeMemory.Assemble(c, (ulong)_memory.Address).CopyTo(_memory.Bytes);
    }

    private static void Load(Assembler c)
    {
        for (int i = 0; i < s_xmm.Length; i++)
        {
            c.movups(s_xmm[i], __xmmword_ptr[rdi + (NativeRegisters.XmmOffset + (16 * i))]);
        }

        for (int i = 0; i < s_general.Length; i++)
        {
            if (i is not NativeRegisters.Rsp and not NativeRegisters.Rdi)
            {
                c.mov(s_general[i], __qword_ptr[rdi + (8 * i)]);
            }
        }

        c.mov(rdi, __qword_ptr[rdi + (8 * NativeRegisters.Rdi)]);
    }

    private static void Store(Assembler c)
    {
        c.mov(__qword_ptr[rsp + Function], rax);
        c.mov(rax, __qword_ptr[rsp + Registers]);
        for (int i = 1; i < s_general.Length; i++)
        {
            c.mov(__qword_ptr[rax + (8 * i)], s_general[i]);
        }

        c.mov(rcx, __qword_ptr[rsp + Function]);
        c.mov(__qword_ptr[rax], rcx);
        for (int i = 0; i < s_xmm.Length; i++)
        {
            c.movups(__xmmword_ptr[rax + (NativeRegisters.XmmOffset + (16 * i))], s_xmm[i]);
        }
    }
}
