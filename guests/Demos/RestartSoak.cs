// A hundred guests, one after the other: each touches pages all over its memory and ends, by its own will, by a triple
// fault, or because its time is up in the middle of a loop. Every frame must come back.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class RestartSoak
{
    // Beside the first time.
    private const uint Repeats = 33;

    public static Guest Guest { get; } = new(
        "restart-soak", "", "a hundred guests begin and end, and no frame is lost",
        new GuestConfig(Start.Long(part => Touch(part, part.PowerOff)))
        {
            Title = "34 guests power off",
            Repeats = Repeats,
        },
        new GuestConfig(Start.Long(part => Touch(part, part.Code.ud2)))
        {
            Title = "33 guests have a triple fault",
            Repeats = Repeats - 1,
            End = GuestEnd.TripleFault,
        },
        new GuestConfig(Start.Long(part => Touch(part, () => part.Code.jmp(part.Here()))))
        {
            Title = "33 guests are stopped in a loop",
            Repeats = Repeats - 1,
            Milliseconds = 5,
            End = GuestEnd.TimedOut,
        });

    private static void Touch(GuestCode part, System.Action end)
    {
        Assembler c = part.Code;
        c.mov(edi, 0x1_0000);
        Place next = part.Here();
        c.mov(__qword_ptr[rdi], rdi);
        c.add(edi, 0x3000);
        c.cmp(edi, (int)Layout.MemoryBytes);
        c.jb(next);
        end();
    }
}
