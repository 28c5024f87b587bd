// What hostile guests of all modes have in common: random numbers, the table of tries, ports to try, and the summary.
// Everything stands below 64 KiB, and the data segment begins at 0 when code of this file runs.

using System.Linq;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal abstract class HostileEngine(GuestCode part)
{
    protected const uint Seed = Layout.Notes, Left = Seed + 4, Kind = Seed + 8;
    protected const uint Chosen = Seed + 12, Slot = Seed + 16;
    protected const uint Counts = Layout.Scratch;
    protected const int RecordBytes = 16;

    // Counts of a row: what was carried out, vectors 0 to 31, and all higher ones.
    protected const int Columns = 34;
    private const uint Work = Seed + 20, Begun = Seed + 24;
    private const int BegunMark = 0x4E61_4E61;

    private static readonly (string Name, int Column)[] s_named = [("done", 0), ("#UD", 7), ("#GP", 14), ("#PF", 15)];

    private static readonly uint[] s_msrs =
    [
        0x10, 0x1B, 0x3A, 0x8B, 0x174, 0x1A0, 0x1D9, 0x200, 0x277, 0x2FF, 0x480, 0x800,
        0xC000_0080, 0xC000_0100, 0x4000_0000, 0xC000_2000,
    ];

    private readonly Place _random = part.NewPlace();
    private readonly Place _msrs = part.NewPlace();

    protected GuestCode GuestCode { get; } = part;

    protected Assembler C => GuestCode.Code;

    protected Place Table { get; } = part.NewPlace();

    // EAX = a number; nothing else changes but flags.
    protected void Random() => C.call(_random);

    // At the very beginning: it comes here once, and after that as an answer to a try.
    protected void BeginOnce(Place answered)
    {
        C.cmp(__dword_ptr[Begun], BegunMark);
        C.je(answered);
        C.mov(__dword_ptr[Begun], BegunMark);
    }

    // Goes on if the try is one of this kind, whatever is done to it. EAX is used.
    protected void IfChosen(string kind, Place otherwise, int kinds = 1)
    {
        int count = HostileTries.Kinds.Skip(HostileTries.KindOf(kind)).Take(kinds).Sum(next => next.Codes.Length);
        C.mov(eax, __dword_ptr[Chosen]);
        C.sub(eax, HostileTries.FirstOf(kind));
        C.cmp(eax, count);
        C.jae(otherwise);
    }

    // EDX: any port but those that print, which would be seen.
    protected void ChoosePort()
    {
        Place any = GuestCode.NewPlace();
        C.and(edx, 0xFFFF);
        Random();
        C.test(al, 1);
        C.jne(any);
        C.and(edx, 0x7FF);
        GuestCode.Mark(any);
        foreach (int port in new[] { 0x3F8, 0xE9 })
        {
            Place other = GuestCode.NewPlace();
            C.lea(eax, __[edx - (port - 3)]);
            C.cmp(eax, 4);
            C.jae(other);
            C.xor(edx, 0x40);
            GuestCode.Mark(other);
        }
    }

    // ECX: one that may exist, or a neighbour of it. EBP is used.
    protected void ChooseMsr()
    {
        GuestCode.LoadAddress(ebp, _msrs);
        Random();
        C.and(eax, 15);
        C.mov(ecx, __dword_ptr[ebp + (eax * 4)]);
        Random();
        C.and(eax, 7);
        C.add(ecx, eax);
    }

    protected void Summary(string name, uint row)
    {
        GuestCode.Print(name + ":");
        foreach ((string column, int index) in s_named)
        {
            GuestCode.Print($" {column} ");
            C.mov(eax, __dword_ptr[row + (uint)(index * 4)]);
            GuestCode.PrintDecimal();
        }

        C.xor(eax, eax);
        foreach (int index in Enumerable.Range(0, Columns).Except(s_named.Select(column => column.Column)))
        {
            C.add(eax, __dword_ptr[row + (uint)(index * 4)]);
        }

        GuestCode.Print(" other ");
        GuestCode.PrintDecimal();
        GuestCode.Print("\n");
    }

    // The serial port has been tried, too: back to what prints.
    protected void RepairConsole()
    {
        foreach ((int offset, int value) in new[] { (3, 3), (1, 0), (2, 0), (4, 0) })
        {
            C.mov(dx, (ushort)(GuestCode.SerialPort + offset));
            C.mov(al, (sbyte)value);
            C.@out(dx, al);
        }
    }

    protected void Data(int tries)
    {
        GuestCode.Mark(_random);
        C.mov(eax, __dword_ptr[Seed]);
        for (int i = 0; i < 3; i++)
        {
            C.mov(__dword_ptr[Work], eax);
            if (i == 1)
            {
                C.shr(__dword_ptr[Work], (byte)17);
            }
            else
            {
                C.shl(__dword_ptr[Work], (byte)(i == 0 ? 13 : 5));
            }

            C.xor(eax, __dword_ptr[Work]);
        }

        C.mov(__dword_ptr[Seed], eax);
        C.ret();
        GuestCode.Mark(Table);
        foreach (byte[] code in HostileTries.Kinds.SelectMany(kind => kind.Codes).Take(tries))
        {
            C.db([(byte)code.Length, .. code, .. new byte[RecordBytes - 1 - code.Length]]);
        }

        GuestCode.Mark(_msrs);
        System.Array.ForEach(s_msrs, msr => C.dd(msr));
    }
}
