// Moving RIP behind an instruction that has been carried out, where nothing else has to change: the easy half of
// hv/Exits/Instruction.cs, which has the hard one. As a function for the run loop, and as part of the exit stub.

using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Efi.Stubs;

internal static class InstructionStub
{
    // Ends with the instruction.
    private const int Blocking = (int)(InterruptibilityState.Sti | InterruptibilityState.MovSs);

    // The first is reported, the second ends.
    private const int TrapOrResume = (int)(Rflags.Trap | Rflags.Resume);

    public static void Emit(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        Label hard = c.CreateLabel();
        stubs.Begin("TryAdvance"); // () -> done?
        Advance(c, hard);
        c.mov(eax, 1);
        c.ret();
        stubs.Place(ref hard);
        c.xor(eax, eax);
        c.ret();
    }

    // Leaves RAX and RCX as they are, and goes to `hard` if there is more to do.
    public static void Advance(Assembler c, Label hard)
    {
        c.mov(r8d, (int)VmcsReadOnly32.ExitInstructionLength);
        c.vmread(rdx, r8);
        c.mov(r8d, (int)VmcsNatural.GuestRip);
        c.vmread(r9, r8);
        c.add(rdx, r9);
        c.cmp(edx, r9d); // Its lower half may have to wrap: that depends on the mode.
        c.jbe(hard);
        c.mov(r10d, (int)Vmcs32.GuestInterruptibilityState);
        c.vmread(r9, r10);
        c.test(r9d, Blocking);
        c.jne(hard);
        c.mov(r10d, (int)VmcsNatural.GuestRflags);
        c.vmread(r9, r10);
        c.test(r9d, TrapOrResume);
        c.jne(hard);
        c.vmwrite(r8, rdx);
    }
}
