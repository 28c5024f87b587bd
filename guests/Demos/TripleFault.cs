// C3, beside bad-entry: a guest that destroys itself. Its interrupt table has a limit of 0, so that an illegal
// instruction finds no handler, nor does the fault about that, nor the double fault: exit 2. SDM 3A 7.15 Exception
// and Interrupt Reference, Double Fault.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class TripleFault
{
    public static Guest Guest { get; } = new(
        "triple-fault", "", "no handler for a fault, for the fault about it, and for the third: exit 2",
        new GuestConfig(Start.Protected(Body))
        {
            Lesson = LessonFeatures.Narrate,
            End = GuestEnd.TripleFault,
            Exits = [Exit.Times(ExitReason.TripleFault, 1).OnVtx()],
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        part.PrintLine("LIDT with an empty table, then UD2");
        c.push(0);
        c.push(0);
        c.lidt(__[esp]);
        c.ud2();
        part.PrintLine("and yet it goes on");
        part.PowerOff();
    }
}
