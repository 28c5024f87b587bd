// A3: PAUSE exiting, bit 30 of the primary controls. A guest that spins says so with PAUSE; a hypervisor with more
// than one virtual processor would take the chance to run another. SDM 3C 26.6.2 Processor-Based VM-Execution
// Controls.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Pause
{
    private const int Times = 10;

    private static readonly GuestImage s_image = Start.Protected(Body);

    public static Guest Guest { get; } = new(
        "pause", "A3", "ten PAUSEs are ten exits, or none",
        new GuestConfig(s_image)
        {
            Title = "PAUSE exiting: exit 40 each time",
            PrimarySet = PrimaryControls.PauseExiting,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.Pause, Times)],
        },
        new GuestConfig(s_image)
        {
            Title = "no PAUSE exiting: the same loop without an exit",
            PrimaryClear = PrimaryControls.PauseExiting,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Never(ExitReason.Pause)],
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(ecx, Times);
        Place next = part.Here();
        c.pause();
        c.dec(ecx);
        c.jne(next);
        part.PrintLine($"paused {Times} times");
        part.PowerOff();
    }
}
