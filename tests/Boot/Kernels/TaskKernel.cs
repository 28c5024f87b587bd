// A kernel whose two tasks take turns by every way the hardware has: CALL and IRET, a second CALL that goes on behind
// that IRET, an interrupt, a fault and one with an error code through a task gate, JMP there and back. Each prints a
// letter when it is its turn; what it finds of the link, NT, the saved EIP and the error code must be right. 32-bit
// code, entered in flat protected mode. SDM 3A Chapter 8 Task Management.

extern alias guests;

using guests::MinusOne.Guests.Kit;
using guests::MinusOne.Hv.Processor;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Boot.Kernels;

internal static class TaskKernel
{
    public const string Letters = "ABCDEFGHIJKLM\n";

    private const uint First = 0x5000, Second = 0x5100, Gates = 0x2000;
    private const uint Stack = 0x7000, SecondStack = 0x8000;
    private const ushort FirstSelector = 0x18, SecondSelector = 0x20, Missing = 0x48;
    private const uint Eip = 0x20, Eflags = 0x24, Esp = 0x38, Es = 0x48, Cs = 0x4C;
    private const int NestedTask = 1 << 14, InvalidOpcode = 6, GeneralProtection = 13, Asked = 0x30;

    public static byte[] Make(uint load)
    {
        var builder = new ImageBuilder(load);
        Write(builder.AddPart(32));
        return builder.Build(StartMode.Protected).Bytes;
    }

    private static void Write(GuestCode part)
    {
        Assembler c = part.Code;
        Place fault = part.NewPlace(), refusal = part.NewPlace();
        Prepare(part);
        part.Print("A");
        SetSecond(part, () => CalledTwice(part));
        Far(c, 0x9A, SecondSelector);
        part.Print("C");
        Far(c, 0x9A, SecondSelector);
        part.Print("E");
        SetSecond(part, () => Answer(part, "F"));
        c.@int(Asked);
        part.Print("G");
        SetSecond(part, () => Answer(part, "H", fault));
        part.Mark(fault);
        c.ud2();
        part.Print("I");
        SetSecond(part, () => Answer(part, "J", refusal, Missing));
        c.mov(eax, Missing);
        part.Mark(refusal);
        c.mov(fs, eax);
        part.Print("K");
        SetSecond(part, () => JumpBack(part));
        Far(c, 0xEA, SecondSelector);
        part.PrintLine("M");
        part.PowerOff();
    }

    private static void Prepare(GuestCode part)
    {
        Assembler c = part.Code;
        Place table = part.NewPlace(), pointer = part.NewPlace(), flat = part.NewPlace();
        c.mov(esp, Stack);
        part.LoadAddress(eax, pointer);
        c.lgdt(__[eax]);
        part.FarJump(Start.Code32, flat);
        part.Mark(flat);
        Start.LoadDataSegments(c);
        foreach (int vector in new[] { InvalidOpcode, GeneralProtection, Asked })
        {
            c.mov(__dword_ptr[Gates + (vector * 8)], SecondSelector << 16);
            c.mov(__dword_ptr[Gates + (vector * 8) + 4], 0x8500);
        }

        c.push((int)Gates);
        c.push(0x7FF << 16);
        c.lidt(__[esp + 2]);
        c.mov(ax, FirstSelector);
        c.ltr(ax);
        part.AtEnd(() =>
        {
            part.Mark(table);
            part.Quadwords(0, Start.Code32Descriptor, Start.DataDescriptor, Task(First), Task(Second));
            part.Mark(pointer);
            c.dw((5 * 8) - 1);
            part.AddressOf(table);
        });
    }

    private static ulong Task(uint at) => 0x0000_8900_0000_0067 | ((ulong)at << 16);

    // Where the second task begins when it has its turn.
    private static void SetSecond(GuestCode part, System.Action body)
    {
        Assembler c = part.Code;
        Place entry = part.NewPlace();
        part.LoadAddress(eax, entry);
        c.mov(__dword_ptr[Second + Eip], eax);
        c.mov(__dword_ptr[Second + Eflags], 2);
        c.mov(__dword_ptr[Second + Esp], SecondStack);
        for (uint segment = Es; segment < Es + 24; segment += 4)
        {
            c.mov(__dword_ptr[Second + segment], segment == Cs ? Start.Code32 : Start.Data);
        }

        part.AtEnd(() =>
        {
            part.Mark(entry);
            body();
        });
    }

    private static void CalledTwice(GuestCode part)
    {
        Answer(part, "B");
        part.Print("D");
        part.Code.iretd();
    }

    // As a handler; behind the instruction of two bytes that has faulted.
    private static void Answer(GuestCode part, string letter, Place? fault = null, uint errorCode = 0)
    {
        Assembler c = part.Code;
        part.Print(letter);
        c.cmp(__word_ptr[Second], FirstSelector);
        part.Expect(c.je, "the link is wrong");
        CheckNested(part, isNested: true);
        if (errorCode != 0)
        {
            c.pop(eax);
            c.cmp(eax, errorCode);
            part.Expect(c.je, "the error code is wrong");
        }

        if (fault is Place place)
        {
            part.LoadAddress(eax, place);
            c.cmp(__dword_ptr[First + Eip], eax);
            part.Expect(c.je, "the saved EIP is wrong");
            c.add(__dword_ptr[First + Eip], 2);
        }

        c.iretd();
    }

    private static void JumpBack(GuestCode part)
    {
        part.Print("L");
        CheckNested(part, isNested: false);
        Far(part.Code, 0xEA, FirstSelector);
    }

    private static void CheckNested(GuestCode part, bool isNested)
    {
        Assembler c = part.Code;
        c.pushfd();
        c.pop(eax);
        c.test(eax, NestedTask);
        part.Expect(isNested ? c.jne : c.je, "NT is wrong");
    }

    private static void Far(Assembler c, byte opcode, ushort selector) =>
        c.db(opcode, 0, 0, 0, 0, (byte)selector, (byte)(selector >> 8));
}
