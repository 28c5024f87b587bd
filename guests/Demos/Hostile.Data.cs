// The data of the hostile guest, what it puts into registers before a try, and its summary.

using System.Linq;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static partial class Hostile
{
    private const int Ports = 1, ReadMsr = 2, WriteMsr = 3, DeviceMemory = 8;

    // Vectors with a column of their own, by the place of their count.
    private static (string Name, int Column)[] Columns => [("done", 0), ("#UD", 7), ("#GP", 14), ("#PF", 15)];

    private static uint[] Msrs =>
    [
        0x10, 0x1B, 0x3A, 0x8B, 0x174, 0x1A0, 0x1D9, 0x200, 0x277, 0x2FF, 0x480, 0x800,
        0xC000_0080, 0xC000_0100, 0x4000_0000, 0xC000_2000,
    ];

    // Addresses stay away from the guest itself.
    private static void Registers(Part part, Place random, Place msrs)
    {
        Assembler c = part.Code;
        foreach (AssemblerRegister64 register in new[] { rbx, rdx, rsi, rdi, rcx })
        {
            c.call(random);
            c.mov(register, rax);
            c.shl(register, 32);
            c.call(random);
            c.or(register, rax);
            c.call(random);
            c.mov(ecx, eax);
            c.sar(register, cl);
            c.or(register, 1 << 30);
        }

        FitToKind(part, random, msrs);
        c.call(random);
        c.mov(r12, rax);
        c.shl(r12, 32);
        c.call(random);
        c.or(rax, r12);
    }

    // Ports, model-specific registers and the device's memory are so few that chance alone would hardly hit them.
    private static void FitToKind(Part part, Place random, Place msrs)
    {
        Assembler c = part.Code;
        c.mov(r14d, __dword_ptr[Kind]);
        Place notPorts = part.NewPlace(), notMsr = part.NewPlace(), notDevice = part.NewPlace();
        c.cmp(r14d, Ports);
        c.jne(notPorts);
        c.or(edx, 0x1000); // below lie the console and the ways out
        c.and(ecx, 15);
        c.mov(esi, Playground);
        c.mov(edi, Playground + 0x400);
        part.Mark(notPorts);
        c.lea(r13d, __[r14 - ReadMsr]);
        c.cmp(r13d, WriteMsr - ReadMsr);
        c.ja(notMsr);
        part.LoadAddress(ebp, msrs);
        c.call(random);
        c.and(eax, 15);
        c.mov(ecx, __dword_ptr[rbp + (rax * 4)]);
        c.call(random);
        c.and(eax, 7);
        c.add(ecx, eax);
        part.Mark(notMsr);
        c.cmp(r14d, DeviceMemory);
        c.jne(notDevice);
        c.and(ecx, 7);
        foreach (AssemblerRegister32 register in new[] { ebx, esi, edi })
        {
            c.and(register, 0x1FF);
            c.add(register, unchecked((int)Device));
        }

        part.Mark(notDevice);
    }

    private static void Data(Part part, Place random, Place table, Place ranges, Place msrs)
    {
        Assembler c = part.Code;
        part.Mark(random);
        c.mov(eax, __dword_ptr[Seed]);
        for (int i = 0; i < 3; i++)
        {
            c.mov(r8d, eax);
            if (i == 1)
            {
                c.shr(r8d, (byte)17);
            }
            else
            {
                c.shl(r8d, (byte)(i == 0 ? 13 : 5));
            }

            c.xor(eax, r8d);
        }

        c.mov(__dword_ptr[Seed], eax);
        c.ret();
        part.Mark(table);
        foreach (byte[] code in HostileTries.Kinds.SelectMany(kind => kind.Codes))
        {
            c.db([(byte)code.Length, .. code, .. new byte[RecordBytes - 1 - code.Length]]);
        }

        part.Mark(ranges);
        int first = 0;
        foreach ((_, byte[][] codes) in HostileTries.Kinds)
        {
            c.db((byte)first, (byte)codes.Length);
            first += codes.Length;
        }

        part.Mark(msrs);
        System.Array.ForEach(Msrs, msr => c.dd(msr));
    }

    private static void Summary(Part part)
    {
        foreach ((int kind, (string name, _)) in HostileTries.Kinds.Index())
        {
            part.Print($"{name}:");
            uint row = Counts + (uint)(kind * (Vectors + 1) * 4);
            foreach ((string column, int index) in Columns)
            {
                part.Print($" {column} ");
                part.Code.mov(eax, __dword_ptr[row + (uint)(index * 4)]);
                part.PrintDecimal();
            }

            part.Code.xor(eax, eax);
            foreach (int index in Enumerable.Range(0, Vectors + 1).Except(Columns.Select(column => column.Column)))
            {
                part.Code.add(eax, __dword_ptr[row + (uint)(index * 4)]);
            }

            part.Print(" other ");
            part.PrintDecimal();
            part.Print("\n");
        }
    }
}
