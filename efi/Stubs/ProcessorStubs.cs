// One instruction each, in the calling convention of the image (Microsoft x64: arguments in RCX, RDX, R8, R9, result in
// RAX). The names are those of hv/Seam/Cpu.cs.

using System;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Efi.Stubs;

internal static class ProcessorStubs
{
    private const int ReturnPlaces = 32;

    public static void Emit(StubBuilder stubs)
    {
        Identification(stubs);
        ModelSpecificRegisters(stubs);
        ExtendedControl(stubs);
        ControlRegisters(stubs);
        DebugRegisters(stubs);
        Ports(stubs);
        Memory(stubs);
        Speculation(stubs);
    }

    public static void Identification(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("Cpuid"); // (leaf, subleaf, CpuidResult*)
        c.push(rbx);
        c.mov(eax, ecx);
        c.mov(ecx, edx);
        c.cpuid();
        c.mov(__dword_ptr[r8], eax);
        c.mov(__dword_ptr[r8 + 4], ebx);
        c.mov(__dword_ptr[r8 + 8], ecx);
        c.mov(__dword_ptr[r8 + 12], edx);
        c.pop(rbx);
        c.ret();

        stubs.Begin("ReadTsc");
        c.rdtsc();
        JoinEdxEax(c);
        c.ret();

        stubs.Begin("TryRandom"); // (ulong*) -> bool
        c.rdrand(rdx);
        c.mov(__qword_ptr[rcx], rdx);
        c.setb(al);
        c.ret();

        stubs.Begin("Pause");
        c.pause();
        c.ret();
    }

    public static void ModelSpecificRegisters(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("ReadMsr");
        c.rdmsr();
        JoinEdxEax(c);
        c.ret();

        stubs.Begin("WriteMsr"); // (msr, value)
        c.mov(rax, rdx);
        c.shr(rdx, 32);
        c.wrmsr();
        c.ret();

        stubs.Begin("TryReadMsr"); // (msr, ulong*) -> bool
        c.mov(r8, rdx);
        Label fault = stubs.Here();
        c.rdmsr();
        c.mov(__dword_ptr[r8], eax);
        c.mov(__dword_ptr[r8 + 4], edx);
        ReturnTrueOrRecoverFalse(stubs, fault);

        stubs.Begin("TryWriteMsr"); // (msr, value) -> bool
        c.mov(rax, rdx);
        c.shr(rdx, 32);
        fault = stubs.Here();
        c.wrmsr();
        ReturnTrueOrRecoverFalse(stubs, fault);
    }

    private static void ExtendedControl(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("ReadXcr0");
        c.xor(ecx, ecx);
        c.xgetbv();
        JoinEdxEax(c);
        c.ret();

        stubs.Begin("TryWriteXcr0"); // (value) -> bool
        c.mov(rax, rcx);
        c.mov(rdx, rcx);
        c.shr(rdx, 32);
        c.xor(ecx, ecx);
        Label fault = stubs.Here();
        c.xsetbv();
        ReturnTrueOrRecoverFalse(stubs, fault);

        ExtendedState(stubs, "SaveExtendedState", () => c.xsave64(__[rcx]), () => c.fxsave64(__[rcx]));
        ExtendedState(stubs, "RestoreExtendedState", () => c.xrstor64(__[rcx]), () => c.fxrstor64(__[rcx]));
    }

    // (area, mask)
    private static void ExtendedState(StubBuilder stubs, string name, Action byMask, Action legacy)
    {
        Assembler c = stubs.Code;
        Label withoutMask = c.CreateLabel();
        stubs.Begin(name);
        c.mov(rax, rdx);
        c.shr(rdx, 32);
        c.test(rax, rax);
        c.je(withoutMask);
        byMask();
        c.ret();
        stubs.Place(ref withoutMask);
        legacy();
        c.ret();
    }

    public static void ControlRegisters(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        foreach ((AssemblerRegisterCR register, string name, bool writable) in
            new[] { (cr0, "Cr0", true), (cr2, "Cr2", true), (cr3, "Cr3", true), (cr4, "Cr4", true) })
        {
            stubs.Begin("Read" + name);
            c.mov(rax, register);
            c.ret();

            if (writable)
            {
                stubs.Begin("Write" + name);
                c.mov(register, rcx);
                c.ret();
            }
        }
    }

    // The number stands in the instruction, so one is picked by comparing.
    private static void DebugRegisters(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        AssemblerRegisterDR[] registers = [dr0, dr1, dr2, dr3, dr6, dr7];
        int[] numbers = [0, 1, 2, 3, 6, 7];
        foreach (bool writes in new[] { false, true })
        {
            stubs.Begin(writes ? "WriteDebugRegister" : "ReadDebugRegister"); // (register, value)
            for (int i = 0; i < registers.Length; i++)
            {
                Label next = c.CreateLabel();
                c.cmp(ecx, numbers[i]);
                c.jne(next);
                if (writes)
                {
                    c.mov(registers[i], rdx);
                }
                else
                {
                    c.mov(rax, registers[i]);
                }

                c.ret();
                stubs.Place(ref next);
            }

            c.ud2();
        }

        stubs.Begin("ReadDebugRegisters"); // (values)
        for (int i = 0; i < registers.Length - 1; i++)
        {
            c.mov(rax, registers[i]);
            c.mov(__qword_ptr[rcx + (8 * i)], rax);
        }

        c.ret();
    }

    public static void Ports(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("In8");
        c.mov(edx, ecx);
        c.@in(al, dx);
        c.movzx(eax, al);
        c.ret();

        stubs.Begin("Out8"); // (port, value)
        SwapPortAndValue(c);
        c.@out(dx, al);
        c.ret();

        stubs.Begin("Out16");
        SwapPortAndValue(c);
        c.@out(dx, ax);
        c.ret();

        stubs.Begin("In32");
        c.mov(edx, ecx);
        c.@in(eax, dx);
        c.ret();

        stubs.Begin("Out32");
        SwapPortAndValue(c);
        c.@out(dx, eax);
        c.ret();
    }

    public static void Memory(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("ClearFrame"); // (frame): 512 times 8 bytes
        c.mov(rdx, rdi);
        c.mov(rdi, rcx);
        c.mov(ecx, 512);
        c.xor(eax, eax);
        c.rep.stosq();
        c.mov(rdi, rdx);
        c.ret();
    }

    public static void Speculation(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("ClearBuffers"); // VERW with a segment that may be written, from memory: only so it clears
        c.push(rcx);
        c.mov(__word_ptr[rsp], ds);
        c.verw(__word_ptr[rsp]);
        c.pop(rcx);
        c.ret();

        // As many calls as the deepest stack of return addresses has places. What follows each is never reached but
        // ahead of time, and stays there.
        stubs.Begin("FillReturns");
        for (int i = 0; i < ReturnPlaces; i++)
        {
            Label next = c.CreateLabel();
            Label ahead = c.CreateLabel();
            c.call(next);
            stubs.Place(ref ahead);
            c.pause();
            c.lfence();
            c.jmp(ahead);
            stubs.Place(ref next);
        }

        c.add(rsp, ReturnPlaces * 8);
        c.lfence();
        c.ret();
    }

    private static void JoinEdxEax(Assembler c)
    {
        c.shl(rdx, 32);
        c.or(rax, rdx);
    }

    private static void SwapPortAndValue(Assembler c)
    {
        c.mov(eax, edx);
        c.mov(edx, ecx);
    }

    private static void ReturnTrueOrRecoverFalse(StubBuilder stubs, Label fault)
    {
        Assembler c = stubs.Code;
        c.mov(eax, 1);
        c.ret();
        stubs.Recover(fault, stubs.Here());
        c.xor(eax, eax);
        c.ret();
    }
}
