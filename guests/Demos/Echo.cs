// The other end of a console: what is typed comes back byte for byte, whatever it is, until a line that says `quit`.
// It polls the line status, as a driver without interrupts does, and says when the monitor has sent an NMI. PC16550D
// data sheet, 8.4 Line Status Register.

using System.Text;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Echo
{
    private const ushort LineStatus = GuestCode.SerialPort + 5;
    private const byte DataReady = 0x01;
    private const byte TransmitterEmpty = 0x20;

    // Interrupt 2 in the table of real mode.
    private const ushort NmiOffset = 8;
    private const ushort NmiSegment = 10;

    private const string Word = "quit";

    // The state of a line that is not the word, however it goes on.
    private const int Other = -1;

    public static Guest Guest { get; } = new(
        "echo", "", "sends back what is typed, byte for byte, until a line 'quit'",
        new GuestConfig(Start.Real(Body))
        {
            Flags = VmFeatures.Interactive,
        });

    // ESI: how many letters of the word the line has so far.
    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        CatchNmi(part);
        part.PrintLine($"type; a line '{Word}' ends");
        Place newLine = part.Here();
        c.xor(esi, esi);
        Place next = part.Here();
        WaitFor(part, DataReady);
        c.@in(al, dx);
        c.mov(bl, al);
        WaitFor(part, TransmitterEmpty);
        c.mov(al, bl);
        c.@out(dx, al);

        Place isEnd = part.NewPlace();
        Place isOther = part.NewPlace();
        Place word = part.NewPlace();
        c.cmp(bl, (byte)'\r');
        c.je(isEnd);
        c.cmp(bl, (byte)'\n');
        c.je(isEnd);
        c.cmp(esi, Word.Length);
        c.jae(isOther);
        part.LoadAddress(edi, word);
        c.cmp(bl, __byte_ptr[edi + esi]);
        c.jne(isOther);
        c.inc(esi);
        c.jmp(next);
        part.Mark(isOther);
        c.mov(esi, Other);
        c.jmp(next);
        part.Mark(isEnd);
        c.cmp(esi, Word.Length);
        c.jne(newLine);
        part.PowerOff();
        part.AtEnd(() =>
        {
            part.Mark(word);
            c.db(Encoding.ASCII.GetBytes(Word));
        });
    }

    private static void CatchNmi(GuestCode part)
    {
        Assembler c = part.Code;
        Place handler = part.NewPlace();
        part.LoadAddress(eax, handler);
        c.mov(__word_ptr[NmiOffset], ax);
        c.mov(__word_ptr[NmiSegment], cs);
        part.AtEnd(() =>
        {
            part.Mark(handler);
            part.Remark("[NMI]\n");
            c.iret();
        });
    }

    // Leaves the data port in DX.
    private static void WaitFor(GuestCode part, byte status)
    {
        Assembler c = part.Code;
        c.mov(dx, LineStatus);
        Place wait = part.Here();
        c.@in(al, dx);
        c.test(al, status);
        c.je(wait);
        c.mov(dx, GuestCode.SerialPort);
    }
}
