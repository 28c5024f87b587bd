// The world switch of AMD's processors: VmRun(GuestRegisters*) comes back with the guest's next exit, unless the short
// path has finished it. The global interrupt flag is clear all the time: nothing can come between these steps.
//
//  1. Save the registers a function must keep for its caller, and where the guest's registers are, on our own stack.
//  2. Load the guest's XMM0-5 and general registers. RAX goes by way of the VMCB, as RSP, RIP and RFLAGS do.
//  3. VMLOAD: FS, GS, LDTR, TR and the MSRs of system calls. They are the guest's until step 8: no code of ours that
//     runs before uses any.
//  4. STI lets physical interrupts exit; not directly before VMRUN, for QEMU takes its shadow along into the guest.
//     VMRUN keeps our RSP, RAX (the VMCB) and segments, and gives them back.
//  5. Save the registers that a function may change, and RBX. Take out of the VMCB what counts for one entry only.
//  6. Call FastSvmExit. If it has finished the exit, go on with 4. If it asks for all general registers, save them,
//     call FastDevice, and load all of them again if it says so.
//  7. Otherwise note its answer, and save the rest of the guest's registers.
//  8. VMSAVE. Our own TR comes back by LTR, whose descriptor must not be marked busy for that: a host exception finds
//     its stack through it. The MSRs stay the guest's.
//  9. Restore our registers and return.

using Iced.Intel;
using MinusOne.Efi.Host;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Efi.Stubs;

internal static class SvmSwitch
{
    private const int HomeSpace = WorldSwitch.HomeSpace;
    private const int BusyByte = HostSelectors.Task + 5;
    private const int Available = 0x89;

    private static readonly int s_vmcb = WorldSwitch.OffsetOf(nameof(GuestRegisters.Vmcb));
    private static readonly int s_guestRax = WorldSwitch.OffsetOf(nameof(GuestRegisters.Rax));

    public static void Emit(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        Label run = c.CreateLabel();
        stubs.Begin("VmRun");
        WorldSwitch.EnterHost(c);
        WorldSwitch.LoadXmm(c);
        WorldSwitch.LoadRest(c);
        c.mov(rax, __qword_ptr[rcx + s_vmcb]);
        c.vmload();
        stubs.Place(ref run);
        Run(c);
        Save(c);
        Judge(stubs, run);
        Leave(c);
        Interrupts(stubs);
    }

    // RCX: the structure.
    private static void Run(Assembler c)
    {
        c.sti();
        c.mov(rax, __qword_ptr[rcx + s_vmcb]);
        c.mov(rdx, __qword_ptr[rcx + s_guestRax]);
        c.mov(__qword_ptr[rax + OffsetOf(nameof(Vmcb.Rax))], rdx);
        WorldSwitch.LoadFewButRax(c);
        c.vmrun();
        c.cli();
    }

    private static void Save(Assembler c)
    {
        WorldSwitch.SaveFewButRax(c);
        c.mov(rdx, __qword_ptr[rax + OffsetOf(nameof(Vmcb.Rax))]);
        c.mov(__qword_ptr[rcx + s_guestRax], rdx);
        c.xor(edx, edx);
        c.mov(__dword_ptr[rax + OffsetOf(nameof(Vmcb.TlbControl))], edx);
        c.mov(__dword_ptr[rax + OffsetOf(nameof(Vmcb.Injection))], edx);

        // An emulator lets a guest set these bits, and refuses the entry then.
        c.mov(__dword_ptr[rax + OffsetOf(nameof(Vmcb.Dr6)) + 4], edx);
        c.mov(__dword_ptr[rax + OffsetOf(nameof(Vmcb.Dr7)) + 4], edx);
    }

    private static void Judge(StubBuilder stubs, Label run)
    {
        Assembler c = stubs.Code;
        Label resume = c.CreateLabel();
        Label leave = c.CreateLabel();
        Label saved = c.CreateLabel();
        stubs.CallManaged(FastPathGate.FastSvmExit);
        c.mov(rcx, __qword_ptr[rsp + HomeSpace]);
        c.cmp(eax, (int)Verdict.Resume);
        c.je(resume);
        c.cmp(eax, (int)Verdict.AllRegisters);
        c.jne(leave);
        WorldSwitch.SaveRest(c);
        stubs.CallManaged(FastPathGate.FastDevice);
        c.mov(rcx, __qword_ptr[rsp + HomeSpace]);
        c.cmp(eax, (int)Verdict.ResumeAll);
        c.jne(saved);
        WorldSwitch.LoadRest(c);
        stubs.Place(ref resume);
        c.jmp(run);
        stubs.Place(ref leave);
        WorldSwitch.SaveRest(c);
        stubs.Place(ref saved);
    }

    private static void Leave(Assembler c)
    {
        WorldSwitch.SaveAnswer(c);
        c.mov(rax, __qword_ptr[rcx + s_vmcb]);
        c.vmsave();
        c.sgdt(__qword_ptr[rsp]);
        c.mov(rax, __qword_ptr[rsp + 2]);
        c.mov(__byte_ptr[rax + BusyByte], Available);
        c.mov(eax, HostSelectors.Task);
        c.ltr(ax);
        WorldSwitch.LeaveHost(c);
    }

    // The interrupt that is waiting comes behind STI's shadow. Its handler leaves the vector in EAX.
    private static void Interrupts(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        foreach (bool waits in new[] { false, true })
        {
            stubs.Begin(waits ? "WaitForInterrupt" : "TakeInterrupt");
            c.xor(eax, eax);
            c.stgi();
            c.sti();
            if (waits)
            {
                c.hlt();
            }
            else
            {
                c.nop();
            }

            c.cli();
            c.clgi();
            c.ret();
        }

        Label off = c.CreateLabel();
        stubs.Begin("SetGlobalInterrupts"); // (on?)
        c.test(cl, cl);
        c.je(off);
        c.stgi();
        c.ret();
        stubs.Place(ref off);
        c.clgi();
        c.ret();
    }

    private static int OffsetOf(string field) => (int)System.Runtime.InteropServices.Marshal.OffsetOf<Vmcb>(field);
}
