// D1: one turn of the run loop after the other. What is pending is injected, the guest's registers are loaded, it is
// launched (the first time) or resumed, and the exit is either handled inside or surfaced. The guest takes one of
// each: exits handled inside, an injected interrupt, vector registers that outlive exits; the end is an exit that the
// caller gets. SDM 3C 25.4 Life Cycle of VMM Software.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class RunLoop
{
    private const byte Vector = 0x40;
    private const int Rounds = 3;

    public static Guest Guest { get; } = new(
        "run-loop", "D1", "inject, load, launch or resume, exit, handle inside or surface",
        new GuestConfig(Start.Long(Body))
        {
            Title = "three exits handled inside, one interrupt injected, power-off surfaced",
            PendingVector = Vector,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.Cpuid, Rounds), Exit.Times(ExitReason.InterruptWindow, 1)],
        },
        new GuestConfig(Start.Long(Surface))
        {
            Title = "the same exit, surfaced: the caller ends the guest",
            Lesson = LessonFeatures.Narrate | LessonFeatures.SurfaceExit,
            CaseNumber = (uint)ExitReason.Cpuid,
            End = GuestEnd.UnhandledExit,
            Exits = [Exit.Times(ExitReason.Cpuid, 1)],
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        var faults = new Faults(part, Vector);
        c.mov(rbx, 0x1122_3344_5566_7788);
        c.movq(xmm7, rbx);
        for (int i = 1; i <= Rounds; i++)
        {
            part.PrintLine($"CPUID {i} of {Rounds}: handled inside");
            c.xor(eax, eax);
            c.cpuid();
        }

        part.PrintLine("STI: the pending interrupt is injected");
        faults.ExpectMeanwhile(Vector, () =>
        {
            c.sti();
            c.nop();
            c.nop();
            c.cli();
        });
        c.movq(rax, xmm7);
        c.mov(rbx, 0x1122_3344_5566_7788);
        c.cmp(rax, rbx);
        part.Expect(c.je, "XMM7 has changed");
        part.PrintLine("XMM7 has kept its value; the power-off is surfaced");
        part.PowerOff();
    }

    private static void Surface(GuestCode part)
    {
        part.PrintLine("CPUID, which nobody handles this time");
        part.Code.xor(eax, eax);
        part.Code.cpuid();
        part.PrintLine("and yet somebody has");
        part.PowerOff();
    }
}
