// The world switch: Enter(GuestRegisters*) as a function that the run loop calls and that returns with the guest's next
// exit, unless the short path has finished it.
//
//  1. Save the registers a function must keep for its caller, and where the guest's registers are, on our own stack.
//  2. Tell the VMCS this stack pointer (HOST_RSP), unless it knows it already. HOST_RIP has been Exit since the VMCS
//     was made.
//  3. Load the guest's XMM0-5 and general registers. XMM6-15 and MXCSR are in the processor: compiled code does not use
//     them. RSP, RIP and RFLAGS come from the VMCS.
//  4. VMLAUNCH the first time, VMRESUME ever after.
//  5. The guest runs. Its exit lands on Exit, with our stack pointer and the guest's other registers.
//  6. Save the registers that a function may change, and RBX, note reason and RIP in the ring of exits, and call
//     FastExit. It keeps the others as every function does, and the build has made sure that it does not touch XMM.
//  7. If it has finished the exit: move RIP if it says so, load what was saved, VMRESUME, and go on with 5.
//     If it asks for all general registers, save them, call FastDevice, and load all of them again if it says so.
//  8. Otherwise note its answer and what else the ring is told, save the rest of the guest's registers, restore ours,
//     and return 0: the guest was entered and has exited.
//  9. If the processor refuses to enter, it goes on behind VMLAUNCH or VMRESUME: restore ours, return VmxResult.
//
// Not switched here, because it belongs to the current vCPU as long as no other runs: CR2, DR0-3 and 6, XCR0, XSS and
// extended state, KERNEL_GS_BASE, STAR, LSTAR, FMASK.

using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Efi.Stubs;

internal static class WorldSwitch
{
    // Room for what we call to keep its arguments in; below it, where the guest's registers are. Its first word is ours
    // until the call.
    public const int HomeSpace = 0x20;

    private static readonly int s_rcx = OffsetOf(nameof(GuestRegisters.Rcx));
    private static readonly int s_xmm = OffsetOf(nameof(GuestRegisters.Xmm));
    private static readonly int s_launched = OffsetOf(nameof(GuestRegisters.Launched));
    private static readonly int s_hostRsp = OffsetOf(nameof(GuestRegisters.HostRsp));
    private static readonly int s_exit = OffsetOf(nameof(GuestRegisters.Exit));
    private static readonly int s_answer = OffsetOf(nameof(GuestRegisters.Answer));

    private static readonly AssemblerRegister64[] s_calleeSaved = [rbx, rbp, rdi, rsi, r12, r13, r14, r15];

    private static readonly AssemblerRegisterXMM[] s_xmmRegisters = [xmm0, xmm1, xmm2, xmm3, xmm4, xmm5];

    // What the short path changes, but for RCX, which points to the structure and goes last in, first out.
    private static readonly (AssemblerRegister64 Register, string Name)[] s_few =
    [
        (rax, "Rax"), (rdx, "Rdx"), (rbx, "Rbx"), (r8, "R8"), (r9, "R9"), (r10, "R10"), (r11, "R11"),
    ];

    // The others; RSP is in the VMCS.
    private static readonly (AssemblerRegister64 Register, string Name)[] s_rest =
    [
        (rbp, "Rbp"), (rsi, "Rsi"), (rdi, "Rdi"), (r12, "R12"), (r13, "R13"), (r14, "R14"), (r15, "R15"),
    ];

    public static void Emit(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        Label resume = c.CreateLabel();
        Label refused = c.CreateLabel();
        stubs.Begin("Enter");
        EnterHost(c);
        TellStack(stubs);

        // MOV and MOVUPS do not touch flags.
        c.cmp(__qword_ptr[rcx + s_launched], 0);
        LoadXmm(c);
        Load(c, s_rest);
        LoadFew(c);
        c.jne(resume);
        c.vmlaunch();
        c.jmp(refused);
        stubs.Place(ref resume);
        c.vmresume();
        stubs.Place(ref refused);
        Refused(c);
        Exit(stubs, refused);
    }

    private static void Exit(StubBuilder stubs, Label refused)
    {
        Assembler c = stubs.Code;
        Label resume = c.CreateLabel();
        Label advance = c.CreateLabel();
        Label leave = c.CreateLabel();
        stubs.Begin("Exit");
        SaveFew(c);
        c.mov(eax, (int)VmcsReadOnly32.ExitReason);
        c.vmread(rdx, rax);
        BeginRecord(c);
        stubs.CallManaged(FastPathGate.FastExit);
        c.mov(rcx, __qword_ptr[rsp + HomeSpace]);
        c.cmp(eax, (int)Verdict.Advance);
        c.je(advance);
        c.cmp(eax, (int)Verdict.Resume);
        c.je(resume);
        Leave(stubs, leave, resume);

        stubs.Place(ref advance);
        InstructionStub.Advance(c, leave);
        stubs.Place(ref resume);
        LoadFew(c);
        c.vmresume();
        FindRegisters(c);
        SaveRest(c);
        c.jmp(refused);
    }

    // To the run loop, unless the other half of the short path finishes the exit.
    private static void Leave(StubBuilder stubs, Label leave, Label resume)
    {
        Assembler c = stubs.Code;
        Label saved = c.CreateLabel();
        c.cmp(eax, (int)Verdict.AllRegisters);
        c.jne(leave);
        SaveRest(c);
        stubs.CallManaged(FastPathGate.FastDevice);
        c.mov(rcx, __qword_ptr[rsp + HomeSpace]);
        c.cmp(eax, (int)Verdict.ResumeAll);
        c.jne(saved);
        Load(c, s_rest);
        c.jmp(resume);
        stubs.Place(ref leave);
        SaveRest(c);
        stubs.Place(ref saved);
        SaveAnswer(c);
        CompleteRecord(c);
        c.xor(eax, eax);
        LeaveHost(c);
    }

    // EDX: the reason. The next record of the ring; the upper half of RDX clears its verdict.
    private static void BeginRecord(Assembler c)
    {
        c.mov(rax, __qword_ptr[rcx + s_exit]);
        c.mov(rax, __qword_ptr[rax + RecordOffset(nameof(ExitRecord.Next))]);
        c.mov(__qword_ptr[rcx + s_exit], rax);
        c.mov(__qword_ptr[rax + RecordOffset(nameof(ExitRecord.Reason))], rdx);
        c.mov(r8d, (int)VmcsNatural.GuestRip);
        c.vmread(__qword_ptr[rax + RecordOffset(nameof(ExitRecord.Rip))], r8);
    }

    private static void CompleteRecord(Assembler c)
    {
        c.mov(rcx, __qword_ptr[rcx + s_exit]);
        c.rdtsc();
        c.mov(__dword_ptr[rcx + RecordOffset(nameof(ExitRecord.Time))], eax);
        c.mov(__dword_ptr[rcx + RecordOffset(nameof(ExitRecord.Time)) + 4], edx);
        c.mov(eax, (int)VmcsNatural.GuestCr3);
        c.vmread(__qword_ptr[rcx + RecordOffset(nameof(ExitRecord.Cr3))], rax);
        c.mov(eax, (int)VmcsReadOnlyNatural.ExitQualification);
        c.vmread(__qword_ptr[rcx + RecordOffset(nameof(ExitRecord.Qualification))], rax);
    }

    public static void SaveAnswer(Assembler c)
    {
        c.mov(__qword_ptr[rcx + s_answer], rax);
        SaveXmm(c);
    }

    // What both makers' switches do first.
    public static void EnterHost(Assembler c)
    {
        foreach (AssemblerRegister64 register in s_calleeSaved)
        {
            c.push(register);
        }

        c.push(rcx);
        c.sub(rsp, HomeSpace);
    }

    private static void TellStack(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        Label known = c.CreateLabel();
        c.cmp(__qword_ptr[rcx + s_hostRsp], rsp);
        c.je(known);
        c.mov(__qword_ptr[rcx + s_hostRsp], rsp);
        c.mov(eax, (int)VmcsNatural.HostRsp);
        c.vmwrite(rax, rsp);
        stubs.Place(ref known);
    }

    private static void LoadFew(Assembler c)
    {
        Load(c, s_few);
        c.mov(rcx, __qword_ptr[rcx + s_rcx]);
    }

    private static void SaveFew(Assembler c)
    {
        FindRegisters(c);
        Save(c, s_few);
        c.mov(rax, __qword_ptr[rsp]);
        c.mov(__qword_ptr[rcx + s_rcx], rax);
    }

    public static void SaveRest(Assembler c) => Save(c, s_rest);
    public static void LoadRest(Assembler c) => Load(c, s_rest);

    // The same without RAX, which AMD's processors keep with the guest's other state.
    public static void LoadFewButRax(Assembler c)
    {
        Load(c, s_few[1..]);
        c.mov(rcx, __qword_ptr[rcx + s_rcx]);
    }

    public static void SaveFewButRax(Assembler c)
    {
        FindRegisters(c);
        Save(c, s_few[1..]);
        c.mov(rdx, __qword_ptr[rsp]);
        c.mov(__qword_ptr[rcx + s_rcx], rdx);
    }

    // RCX: the structure; the guest's is on our stack.
    private static void FindRegisters(Assembler c)
    {
        c.mov(__qword_ptr[rsp], rcx);
        c.mov(rcx, __qword_ptr[rsp + HomeSpace]);
    }

    private static void Load(Assembler c, (AssemblerRegister64 Register, string Name)[] registers)
    {
        foreach ((AssemblerRegister64 register, string name) in registers)
        {
            c.mov(register, __qword_ptr[rcx + OffsetOf(name)]);
        }
    }

    private static void Save(Assembler c, (AssemblerRegister64 Register, string Name)[] registers)
    {
        foreach ((AssemblerRegister64 register, string name) in registers)
        {
            c.mov(__qword_ptr[rcx + OffsetOf(name)], register);
        }
    }

    public static void LoadXmm(Assembler c)
    {
        for (int i = 0; i < s_xmmRegisters.Length; i++)
        {
            c.movups(s_xmmRegisters[i], __xmmword_ptr[rcx + (s_xmm + (16 * i))]);
        }
    }

    private static void SaveXmm(Assembler c)
    {
        for (int i = 0; i < s_xmmRegisters.Length; i++)
        {
            c.movups(__xmmword_ptr[rcx + (s_xmm + (16 * i))], s_xmmRegisters[i]);
        }
    }

    private static void Refused(Assembler c)
    {
        VmxStubs.MakeResult(c);
        LeaveHost(c);
    }

    public static void LeaveHost(Assembler c)
    {
        c.add(rsp, HomeSpace);
        c.pop(rcx);
        for (int i = s_calleeSaved.Length - 1; i >= 0; i--)
        {
            c.pop(s_calleeSaved[i]);
        }

        c.ret();
    }

    private static int RecordOffset(string field) => (int)Marshal.OffsetOf<ExitRecord>(field);

    public static int OffsetOf(string field) => (int)Marshal.OffsetOf<GuestRegisters>(field);
}
