// C1, C2: the sample that shows a virtual machine in 46 bytes. Real mode, one page of memory at 0x1000, RAX = RBX = 2
// and nothing but OUT and HLT. The kit's printing is left out on purpose: these are the very bytes of the sample.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Hello
{
    private const string Text = "Hello, world!\n";
    private const ulong Address = 0x1000;
    private const ulong PageBytes = 0x1000;

    public static Guest Guest { get; } = new(
        "hello", "C1", "46 bytes of real mode print a line and halt",
        new GuestConfig(Start.Real(Body, Address))
        {
            MemoryBytes = Address + PageBytes,
            Rax = 2,
            Rbx = 2,
            Rsp = 0,
            End = GuestEnd.Halted,
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(dx, GuestCode.SerialPort);
        foreach (char character in Text)
        {
            c.mov(al, (byte)character);
            c.@out(dx, al);
        }

        c.hlt();
    }
}
