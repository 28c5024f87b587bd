// The kernel's own instructions: the way in by SYSCALL and out by SYSRET, the switch between two stacks, waiting, and
// extended state. What it shares with the host (single instructions, descriptor tables, interrupt entries) comes from
// efi/Stubs.

using System.Runtime.InteropServices;
using Iced.Intel;
using MinusOne.Efi.Stubs;
using MinusOne.Guests.Kernel.Machine;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kernel.Stubs;

internal static class KernelStubs
{
    public const string ImageSymbol = "ProgramsImage";

    private const string TaskBeginning = "TaskBeginning";
    private const int Vectors = 0x30;
    private const int SystemCallVector = 0x100;

    private static readonly AssemblerRegister64[] s_calleeSaved = [rbx, rbp, rdi, rsi, r12, r13, r14, r15];

    private static readonly int s_kernelStack = (int)Marshal.OffsetOf<EntryArea>(nameof(EntryArea.KernelStack));
    private static readonly int s_userStack = (int)Marshal.OffsetOf<EntryArea>(nameof(EntryArea.UserStack));

    public static StubImage Assemble()
    {
        var stubs = new StubBuilder();
        ProcessorStubs.Identification(stubs);
        ProcessorStubs.ModelSpecificRegisters(stubs);
        ProcessorStubs.ControlRegisters(stubs);
        ProcessorStubs.Ports(stubs);
        ProcessorStubs.Memory(stubs);
        DescriptorTableStubs.Emit(stubs);
        InterruptStubs.Emit(stubs, Vectors, "HandleInterrupt", fromUserMode: true);
        SystemCalls(stubs);
        Switching(stubs);
        Waiting(stubs);
        Pages(stubs);
        ExtendedState(stubs);
        Addresses(stubs);
        return stubs.Assemble();
    }

    // The frame is the one of interrupts, so that whoever comes by a system call may leave by IRETQ: a child of fork
    // does.
    private static void SystemCalls(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("SystemCallEntry");
        c.swapgs();
        c.mov(__qword_ptr.gs[s_userStack], rsp);
        c.mov(rsp, __qword_ptr.gs[s_kernelStack]);
        c.push(Selectors.UserData);
        c.push(__qword_ptr.gs[s_userStack]);
        c.push(r11);
        c.push(Selectors.UserCode);
        c.push(rcx);
        c.push(0);
        c.push(SystemCallVector);
        InterruptStubs.PushGeneral(c);
        c.mov(rcx, rsp);
        c.sub(rsp, 0x28);
        stubs.CallManaged("HandleSystemCall");
        c.add(rsp, 0x28);
        InterruptStubs.PopGeneral(c);
        c.mov(rcx, __qword_ptr[rsp + 16]); // the program's RIP, RFLAGS and RSP in the frame
        c.mov(r11, __qword_ptr[rsp + 32]);
        c.mov(rsp, __qword_ptr[rsp + 40]);
        c.swapgs();
        c.sysretq();
    }

    // (ulong* saved, ulong next): leaves one stack in the middle of a function and goes on in the middle of another.
    // XMM6-15 are not the kernel's: they belong to the program, and change with its extended state.
    private static void Switching(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("SwitchStack");
        foreach (AssemblerRegister64 register in s_calleeSaved)
        {
            c.push(register);
        }

        c.mov(__qword_ptr[rcx], rsp);
        c.mov(rsp, rdx);
        for (int i = s_calleeSaved.Length - 1; i >= 0; i--)
        {
            c.pop(s_calleeSaved[i]);
        }

        c.ret();

        stubs.Begin(TaskBeginning); // RSP points to the frame, which has an odd number of words
        c.sub(rsp, 0x28);
        stubs.CallManaged("LeaveKernel");
        c.add(rsp, 0x28);
        stubs.LoadAddress(InterruptStubs.LeaveByFrame);
        c.jmp(rax);
    }

    private static void Waiting(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("WaitForInterrupt"); // STI takes effect behind HLT's start: no interrupt can come in between
        c.sti();
        c.hlt();
        c.cli();
        c.ret();

        stubs.Begin("LetInterruptsIn");
        c.sti();
        c.nop();
        c.cli();
        c.ret();

        stubs.Begin("Stop");
        c.cli();
        c.hlt();
        c.ret();
    }

    private static void Pages(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("InvalidatePage");
        c.invlpg(__[rcx]);
        c.ret();

        stubs.Begin("CopyFrame"); // (to, from): 512 times 8 bytes
        c.push(rsi);
        c.push(rdi);
        c.mov(rdi, rcx);
        c.mov(rsi, rdx);
        c.mov(ecx, 512);
        c.rep.movsq();
        c.pop(rdi);
        c.pop(rsi);
        c.ret();
    }

    // (area, mask). Without XSAVE the mask is not used.
    private static void ExtendedState(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("WriteXcr0");
        c.mov(rax, rcx);
        c.xor(edx, edx);
        c.xor(ecx, ecx);
        c.xsetbv();
        c.ret();

        stubs.Begin("SaveExtendedState");
        c.mov(eax, edx);
        c.xor(edx, edx);
        c.xsave(__[rcx]);
        c.ret();

        stubs.Begin("RestoreExtendedState");
        c.mov(eax, edx);
        c.xor(edx, edx);
        c.xrstor(__[rcx]);
        c.ret();

        stubs.Begin("SaveLegacyState");
        c.fxsave64(__[rcx]);
        c.ret();

        stubs.Begin("RestoreLegacyState");
        c.fxrstor64(__[rcx]);
        c.ret();
    }

    private static void Addresses(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("CurrentProcessor");
        c.mov(rax, __qword_ptr.gs[0]);
        c.ret();

        foreach ((string function, string symbol) in new[]
        {
            ("InterruptEntriesAddress", InterruptStubs.Entries),
            ("SystemCallEntryAddress", "SystemCallEntry"),
            ("TaskBeginningAddress", TaskBeginning),
            ("ProcessorEntryAddress", "ProcessorMain"),
            ("ProgramsImageAddress", ImageSymbol),
        })
        {
            stubs.Begin(function);
            stubs.LoadAddress(symbol);
            c.ret();
        }
    }
}
