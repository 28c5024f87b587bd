// NimbOS's ports: the UART byte by byte and polled, the interrupt controllers that it masks, and what at the power-off
// port is ordinary I/O.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Contract;

internal static class Ports
{
    private const ushort Uart = GuestCode.SerialPort;
    private const byte LatchAndBits = 0x83;
    private const byte Bits = 0x03;

    public static void Check(GuestCode part)
    {
        Assembler c = part.Code;
        Out(c, Uart + 1, 0);
        Out(c, Uart + 3, LatchAndBits);
        Out(c, Uart, 1); // a divisor: it must not print
        Out(c, Uart + 1, 0);
        ReadsBack(part, Uart, 1);
        Out(c, Uart + 3, Bits);
        ReadsBack(part, Uart + 3, Bits);
        ReadsBack(part, Uart + 1, 0);
        Out(c, Uart + 2, 0xC7);
        Out(c, Uart + 4, 0x0B);
        c.mov(dx, Uart + 5);
        c.@in(al, dx);
        c.and(al, 0x60);
        c.cmp(al, 0x60);
        part.Expect(c.je, "the UART is not ready to send");
        part.PrintLine("serial     16550 at 3F8: divisor latch, no interrupts, FIFO, ready to send");
        Out(c, 0x21, 0xFF);
        Out(c, 0xA1, 0xFF);
        ReadsBack(part, 0x21, 0xFF);
        ReadsBack(part, 0xA1, 0xFF);
        part.PrintLine("PIC        masked by FF at ports 21 and A1");
        NotPowerOff(part);
    }

    private static void NotPowerOff(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(dx, GuestCode.PowerOffPort);
        c.mov(eax, GuestCode.PowerOffValue);
        c.@out(dx, al);
        c.@out(dx, eax);
        c.mov(ax, GuestCode.PowerOffValue + 1);
        c.@out(dx, ax);
        c.mov(dx, GuestCode.PowerOffPort + 2);
        c.mov(ax, GuestCode.PowerOffValue);
        c.@out(dx, ax);
        part.PrintLine("port 604   a byte, a doubleword, 0x2001, and 0x2000 at 606: ordinary I/O");
    }

    private static void Out(Assembler c, ushort port, byte value)
    {
        c.mov(dx, port);
        c.mov(al, value);
        c.@out(dx, al);
    }

    private static void ReadsBack(GuestCode part, ushort port, byte value)
    {
        Assembler c = part.Code;
        c.mov(dx, port);
        c.@in(al, dx);
        c.cmp(al, unchecked((sbyte)value));
        part.Expect(c.je, $"port {port:X} does not read {value:X2}");
    }
}
