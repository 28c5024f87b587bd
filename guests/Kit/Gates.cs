// Interrupt gates of 64-bit code: fills in what is named and loads the table. SDM 3A 7.14.1 64-Bit Mode IDT.

using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kit;

internal static class Gates
{
    private const uint InterruptGate = 0x8E00_0000;

    public static void Install(GuestCode part, params (byte Vector, Place Handler)[] gates)
    {
        Assembler c = part.Code;
        foreach ((byte vector, Place handler) in gates)
        {
            Set(part, vector, handler);
        }

        c.push((int)Layout.InterruptTable);
        c.push(0);
        c.mov(__word_ptr[rsp + 6], (16 * 256) - 1);
        c.lidt(__[rsp + 6]);
        c.add(rsp, 16);
    }

    // The handler's address, in pieces around the selector and the kind of the gate.
    public static void Set(GuestCode part, byte vector, Place handler)
    {
        Assembler c = part.Code;
        uint gate = Layout.InterruptTable + (16u * vector);
        part.LoadAddress(eax, handler);
        c.mov(__qword_ptr[gate], rax);
        c.mov(__dword_ptr[gate + 2], InterruptGate | Start.Code64);
        c.shr(rax, 16);
        c.mov(__qword_ptr[gate + 6], rax);
    }
}
