// A local APIC in code that does not care how it is reached: R13D is 0 in xAPIC mode and 1 in x2APIC mode, and handlers
// may rely on that. Registers are named by their offset in the page. SDM 3A 12.12.1.2 x2APIC Register Address Space.

using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kit;

internal sealed class ApicCode
{
    private const uint Page = 0xFEE0_0000;
    private const uint Enabled = 0x800;
    private const uint X2Mode = 0x400;

    private readonly GuestCode _part;
    private readonly Place _read;
    private readonly Place _write;

    public ApicCode(GuestCode part)
    {
        _part = part;
        _read = part.NewPlace();
        _write = part.NewPlace();
        part.AtEnd(Emit);
    }

    // Off and on again, as after reset, in the mode that R13D names. Clobbers EAX, ECX, EDX.
    public void Restart()
    {
        Assembler c = _part.Code;
        Place inMemory = _part.NewPlace();
        c.mov(ecx, (uint)Msr.ApicBase);
        c.rdmsr();
        c.and(eax, ~(int)(Enabled | X2Mode));
        c.wrmsr();
        c.or(eax, (int)Enabled);
        c.wrmsr();
        c.test(r13d, r13d);
        c.je(inMemory);
        c.or(eax, (int)X2Mode);
        c.wrmsr();
        _part.Mark(inMemory);
    }

    // EAX: the register. Clobbers ECX and EDX.
    public void Read(ApicRegister register)
    {
        _part.Code.mov(ecx, (uint)register);
        _part.Code.call(_read);
    }

    public void Write(ApicRegister register, uint value)
    {
        _part.Code.mov(eax, value);
        WriteEax(register);
    }

    // Clobbers ECX and EDX.
    public void WriteEax(ApicRegister register)
    {
        _part.Code.mov(ecx, (uint)register);
        _part.Code.call(_write);
    }

    public void EndInterrupt() => Write(ApicRegister.EndOfInterrupt, 0);

    // An end in a handler, which keeps all registers.
    public void ReturnFromHandler()
    {
        Assembler c = _part.Code;
        EndInterrupt();
        c.pop(rdx);
        c.pop(rcx);
        c.pop(rax);
        c.iretq();
    }

    public void EnterHandler()
    {
        _part.Code.push(rax);
        _part.Code.push(rcx);
        _part.Code.push(rdx);
    }

    private void Emit()
    {
        Assembler c = _part.Code;
        Place readMsr = _part.NewPlace();
        Place writeMsr = _part.NewPlace();
        _part.Mark(_read);
        c.test(r13d, r13d);
        c.jne(readMsr);
        c.mov(edx, Page);
        c.mov(eax, __dword_ptr[rdx + rcx]);
        c.ret();
        _part.Mark(readMsr);
        c.shr(ecx, 4);
        c.or(ecx, (int)Msr.X2ApicBase);
        c.rdmsr();
        c.ret();
        _part.Mark(_write);
        c.test(r13d, r13d);
        c.jne(writeMsr);
        c.mov(edx, Page);
        c.mov(__dword_ptr[rdx + rcx], eax);
        c.ret();
        _part.Mark(writeMsr);
        c.shr(ecx, 4);
        c.or(ecx, (int)Msr.X2ApicBase);
        c.xor(edx, edx);
        c.wrmsr();
        c.ret();
    }
}
