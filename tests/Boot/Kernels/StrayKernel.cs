// A kernel that does on devices' memory, and on memory that nobody has, what only the processor itself can carry out:
// SSE, PUSH, FXSAVE, the delivery of an interrupt; and that has breakpoints on what the hypervisor touches for it. Each
// step that goes as on a PC prints its letter. 32-bit code, entered in flat protected mode.

extern alias guests;

using System;
using guests::MinusOne.Guests.Kit;
using guests::MinusOne.Hv.Processor;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Boot.Kernels;

internal static class StrayKernel
{
    public const string Letters = "ABCDEFGHIJ\n";

    private const uint Nobodys = 0xD000_0000, Hpet = 0xFED0_0000, Priority = 0xFEE0_0080;
    private const uint Gates = 0x2000, Stack = 0x7000;
    private const uint Hits = 0x3000, Status = 0x3004;
    private const int Debug = 1, Asked = 0x30, Trap = 0x100;

    public static byte[] Make(uint load)
    {
        var builder = new ImageBuilder(load);
        Write(builder.AddPart(32));
        return builder.Build(StartMode.Protected).Bytes;
    }

    private static void Write(GuestCode part)
    {
        Place asked = part.NewPlace();
        Prepare(part, asked);
        Vectors(part);
        Stacks(part, asked);
        Breakpoints(part);
        part.PrintLine("");
        part.PowerOff();
    }

    private static void Prepare(GuestCode part, Place asked)
    {
        Assembler c = part.Code;
        Place table = part.NewPlace(), pointer = part.NewPlace(), flat = part.NewPlace(), debug = part.NewPlace();
        c.mov(esp, Stack);
        part.LoadAddress(eax, pointer);
        c.lgdt(__[eax]);
        part.FarJump(Start.Code32, flat);
        part.Mark(flat);
        Start.LoadDataSegments(c);
        SetGate(part, Debug, debug);
        SetGate(part, Asked, asked);
        c.push((int)Gates);
        c.push(0x7FF << 16);
        c.lidt(__[esp + 2]);
        c.mov(eax, cr4);
        c.or(eax, 0x608);
        c.mov(cr4, eax);
        part.AtEnd(() =>
        {
            part.Mark(table);
            part.Quadwords(0, Start.Code32Descriptor, Start.DataDescriptor);
            part.Mark(pointer);
            c.dw((3 * 8) - 1);
            part.AddressOf(table);
            part.Mark(debug);
            OnDebug(c);
        });
    }

    private static void SetGate(GuestCode part, int vector, Place handler)
    {
        Assembler c = part.Code;
        part.LoadAddress(eax, handler);
        c.mov(edx, eax);
        c.and(eax, 0xFFFF);
        c.or(eax, Start.Code32 << 16);
        c.mov(dx, 0x8E00);
        c.mov(__dword_ptr[Gates + (vector * 8)], eax);
        c.mov(__dword_ptr[Gates + (vector * 8) + 4], edx);
    }

    // Counts, notes DR6, and ends a single step.
    private static void OnDebug(Assembler c)
    {
        c.push(eax);
        c.inc(__dword_ptr[Hits]);
        c.mov(eax, dr6);
        c.mov(__dword_ptr[Status], eax);
        c.xor(eax, eax);
        c.mov(dr6, eax);
        c.and(__dword_ptr[esp + 12], ~Trap);
        c.pop(eax);
        c.iretd();
    }

    private static void Vectors(GuestCode part)
    {
        Assembler c = part.Code;
        c.xorps(xmm1, xmm1);
        c.movups(xmm0, __[Nobodys + 5]);
        c.movups(__[Nobodys], xmm1);
        c.movd(eax, xmm0);
        c.and(eax, __dword_ptr[Nobodys]);
        Check(part, -1, "A");

        c.push(__dword_ptr[Nobodys + 0xFFE]);
        c.pop(eax);
        Check(part, -1, "B");

        c.movups(xmm0, __[Hpet]);
        c.movd(eax, xmm0);
        c.sub(eax, __dword_ptr[Hpet]);
        Check(part, 0, "C");

        c.mov(eax, 0x20);
        c.movd(xmm0, eax);
        c.movss(__dword_ptr[Priority], xmm0);
        c.mov(eax, __dword_ptr[Priority]);
        Check(part, 0x20, "D");

        c.fxsave(__[Nobodys + 0xF00]);
        c.mov(eax, __dword_ptr[Nobodys + 0x1000]);
        Check(part, -1, "E");
    }

    // The handler finds no frame to return by, and jumps.
    private static void Stacks(GuestCode part, Place asked)
    {
        Assembler c = part.Code;
        c.xor(ebx, ebx);
        AskOn(part, Nobodys + 0x1000);
        c.mov(eax, ebx);
        Check(part, 1, "F");

        // EFLAGS becomes the task priority.
        AskOn(part, Priority + 4);
        c.mov(eax, __dword_ptr[Priority]);
        c.and(eax, 2);
        Check(part, 2, "G");
        part.AtEnd(() =>
        {
            part.Mark(asked);
            c.inc(ebx);
            c.jmp(ebp);
        });
    }

    private static void AskOn(GuestCode part, uint stack)
    {
        Assembler c = part.Code;
        Place behind = part.NewPlace();
        part.LoadAddress(ebp, behind);
        c.mov(esp, stack);
        c.@int(Asked);
        part.Mark(behind);
        c.mov(esp, Stack);
    }

    private static void Breakpoints(GuestCode part)
    {
        Assembler c = part.Code;
        Watch(c, Priority, 0xD_0001);
        c.mov(__dword_ptr[Priority], 0);
        Seen(part, 1, "H");

        Watch(c, 0x21, 0x2_0001);
        c.@in(al, 0x21);
        Seen(part, 1, "I");

        Watch(c, 0, 0);
        c.pushfd();
        c.or(__dword_ptr[esp], Trap);
        c.popfd();
        c.movups(xmm0, __[Nobodys]);
        Seen(part, 0x4000, "J");
    }

    private static void Watch(Assembler c, uint address, uint control)
    {
        c.mov(__dword_ptr[Hits], 0);
        c.mov(eax, address);
        c.mov(dr0, eax);
        c.mov(eax, control);
        c.mov(dr7, eax);
    }

    // One debug exception, for this.
    private static void Seen(GuestCode part, int cause, string letter)
    {
        Assembler c = part.Code;
        c.xor(eax, eax);
        c.mov(dr7, eax);
        c.cmp(__dword_ptr[Hits], 1);
        part.Expect(c.je, "it did not come once");
        c.mov(eax, __dword_ptr[Status]);
        c.and(eax, 0xE00F);
        Check(part, cause, letter);
    }

    private static void Check(GuestCode part, int expected, string letter)
    {
        part.Code.cmp(eax, expected);
        part.Expect(part.Code.je, $"{letter} is wrong");
        part.Print(letter);
    }
}
