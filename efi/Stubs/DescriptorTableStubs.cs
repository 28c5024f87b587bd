// Loads GDT, IDT and task register, and every segment register anew: the host's, and the guest kernel's, whose first
// descriptors are the same.

using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Efi.Stubs;

internal static class DescriptorTableStubs
{
    public static void Emit(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("LoadDescriptorTables"); // (gdtr*, idtr*): code is 8, data 10h, the task state segment 18h
        c.lgdt(__[rcx]);
        c.lidt(__[rdx]);
        Label reloaded = c.CreateLabel();
        c.pop(rdx);
        c.push(8);
        c.lea(rax, __[reloaded]);
        c.push(rax);
        c.db(0x48, 0xCB); // far return with 64-bit operands
        stubs.Place(ref reloaded);
        c.mov(eax, 0x10);
        c.mov(ss, eax);
        c.mov(ds, eax);
        c.mov(es, eax);
        c.mov(fs, eax);
        c.mov(gs, eax);
        c.mov(eax, 0x18);
        c.ltr(ax);
        c.jmp(rdx);
    }
}
