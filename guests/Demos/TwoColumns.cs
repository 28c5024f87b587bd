// The same code twice, with R13D = 0 and with R13D = 1; what it notes is printed side by side and must agree.

using System.Collections.Generic;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal sealed class TwoColumns(GuestCode part)
{
    private const uint First = Layout.Scratch + 0x200;
    private const int Distance = 0x400;
    private const int NameWidth = 48;

    private readonly List<string> _names = [];
    private readonly Place _start = part.NewPlace();

    // R12: where the next note goes. Nobody else may use R12 and R13.
    public void Begin()
    {
        Assembler c = part.Code;
        c.xor(r13d, r13d);
        c.mov(r12d, First);
        part.Mark(_start);
    }

    // EAX.
    public void Note(string name)
    {
        _names.Add(name);
        part.Code.mov(__dword_ptr[r12], eax);
        part.Code.add(r12d, 4);
    }

    public void End(string first, string second)
    {
        Assembler c = part.Code;
        Place print = part.NewPlace();
        c.mov(r12d, First + Distance);
        c.inc(r13d);
        c.cmp(r13d, 1);
        c.je(_start);
        part.PrintLine("".PadRight(NameWidth) + first.PadRight(10) + second);
        c.mov(r12d, First);
        foreach (string name in _names)
        {
            part.Print(name.PadRight(NameWidth));
            c.call(print);
        }

        part.PrintLine($"{_names.Count} rows, no difference");
        part.AtEnd(() => EmitPrint(c, print));
    }

    private void EmitPrint(Assembler c, Place print)
    {
        part.Mark(print);
        c.mov(eax, __dword_ptr[r12]);
        part.PrintHex(8);
        part.Print("  ");
        c.mov(eax, __dword_ptr[r12 + Distance]);
        part.PrintHex(8);
        part.Print("\n");
        c.cmp(eax, __dword_ptr[r12]);
        part.Expect(c.je, "the two differ");
        c.add(r12d, 4);
        c.ret();
    }
}
