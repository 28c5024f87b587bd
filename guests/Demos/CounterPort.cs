// A21: a device of one's own, with state. The counter sits at port 0xC000: reading gives its value and adds one,
// writing sets it; port 0xC001 says how many accesses it has seen. Its state outlives exits, and belongs to one
// machine: the second configuration finds a new counter, the third a machine without one. It is registered in one
// place, the board.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class CounterPort
{
    private const ushort Value = 0xC000;
    private const ushort Accesses = 0xC001;
    private const byte StartValue = 5;
    private const int Reads = 3;
    private const uint OtherExits = 100;

    private static readonly GuestImage s_image = Start.Protected(Body);

    public static Guest Guest { get; } = new(
        "counter-port", "A21", "a port device with state of its own: a counter",
        new GuestConfig(s_image)
        {
            Title = "set to 5, read three times, with a hundred other exits in between",
            Devices = LessonDevices.Counter,
            Exits = [Exit.Times(ExitReason.Cpuid, OtherExits)],
        },
        new GuestConfig(s_image)
        {
            Title = "another machine, another counter",
            Devices = LessonDevices.Counter,
            Exits = [Exit.Times(ExitReason.Cpuid, OtherExits)],
        },
        new GuestConfig(Start.Protected(WithoutDevice))
        {
            Title = "a machine without the counter: all ones",
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        Expect(part, Accesses, 0, "a new counter has been used before");
        c.mov(edx, Value);
        c.mov(al, StartValue);
        c.@out(dx, al);
        part.PrintLine($"set to {StartValue}");
        for (int i = 0; i < Reads; i++)
        {
            Expect(part, Value, (byte)(StartValue + i), "it does not count");
            part.PrintLine($"reads {StartValue + i}");
        }

        c.mov(edi, OtherExits);
        Place next = part.Here();
        c.xor(eax, eax);
        c.cpuid();
        c.dec(edi);
        c.jne(next);
        Expect(part, Value, StartValue + Reads, "it has changed while the guest did something else");
        Expect(part, Accesses, 1 + Reads + 1, "it has not seen every access");
        part.PrintLine($"{OtherExits} other exits later it goes on with {StartValue + Reads}");
        part.PowerOff();
    }

    private static void Expect(GuestCode part, ushort port, byte value, string otherwise)
    {
        Assembler c = part.Code;
        c.mov(edx, port);
        c.@in(al, dx);
        c.cmp(al, value);
        part.Expect(c.je, otherwise);
    }

    private static void WithoutDevice(GuestCode part)
    {
        Expect(part, Value, 0xFF, "something answers");
        part.PrintLine("nobody answers: 0xFF");
        part.PowerOff();
    }
}
