// What another processor executes first. It begins in real mode at the page that the start-up message names, and is in
// long mode after one step: protection and paging are turned on together. It knows no address but its own page's: what
// it needs stands in StartUpData. SDM 3A 9.4.3 MP Initialization Protocol Algorithm for MP Systems, 11.8.5 Initializing
// IA-32e Mode.

using System.IO;
using System.Runtime.InteropServices;
using Iced.Intel;
using MinusOne.Efi.Host;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Efi.Stubs;

internal static class StartUpCode
{
    public const string Name = "StartUpCode";

    private const int EferMsr = unchecked((int)0xC000_0080);

    public static byte[] Bytes()
    {
        byte[] page = new byte[StartUpData.Offset];
        Assemble(RealMode(), 0).CopyTo(page, 0);
        Assemble(LongMode(), StartUpData.LongCode).CopyTo(page, StartUpData.LongCode);
        return page;
    }

    private static Assembler RealMode()
    {
        var c = new Assembler(16);
        c.cli();
        c.cld();
        c.mov(ax, cs);
        c.mov(ds, ax);
        c.lgdt(__[PlaceOf(nameof(StartUpData.DescriptorLimit))]);
        c.mov(eax, __dword_ptr[PlaceOf(nameof(StartUpData.Cr4))]);
        c.mov(cr4, eax);
        c.mov(eax, __dword_ptr[PlaceOf(nameof(StartUpData.Cr3))]);
        c.mov(cr3, eax);
        c.mov(ecx, EferMsr);
        c.mov(eax, __dword_ptr[PlaceOf(nameof(StartUpData.Efer))]);
        c.xor(edx, edx);
        c.wrmsr();
        c.mov(eax, __dword_ptr[PlaceOf(nameof(StartUpData.Cr0))]);
        c.mov(cr0, eax);
        c.AddInstruction(Instruction.Create(
            Code.Jmp_m1632, new MemoryOperand(Register.None, PlaceOf(nameof(StartUpData.FarOffset)), 2)));
        return c;
    }

    private static Assembler LongMode()
    {
        var c = new Assembler(64);
        Label here = c.CreateLabel();
        c.mov(eax, HostSelectors.Data);
        c.mov(ss, eax);
        c.mov(ds, eax);
        c.mov(es, eax);
        c.Label(ref here);
        c.lea(rdx, __[here]);
        c.and(rdx, -0x1000);
        c.mov(rcx, __qword_ptr[rdx + PlaceOf(nameof(StartUpData.Stack))]);
        c.jmp(__qword_ptr[rdx + PlaceOf(nameof(StartUpData.Entry))]);
        return c;
    }

    private static int PlaceOf(string field) => StartUpData.Offset + (int)Marshal.OffsetOf<StartUpData>(field);

    private static byte[] Assemble(Assembler code, ulong address)
    {
        var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), address);
        return stream.ToArray();
    }
}
