// A3: PAUSE exiting, bit 30 of the primary controls. A guest that spins says so with PAUSE; a hypervisor with more
// than one virtual processor would take the chance to run another. SDM 3C 26.6.2 Processor-Based VM-Execution
// Controls.

using Iced.Intel;
using MinusOne.Guests.Kit;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Pause
{
    private const int Times = 10;

    private static readonly GuestImage s_image = Start.Protected(Body);

    public static Guest Guest { get; } = new(
        "pause", "A3", "ten PAUSEs are ten exits, or none",
        new GuestScene(s_image)
        {
            Title = "PAUSE exiting: exit 40 each time",
            PrimarySet = PrimaryControls.PauseExiting,
            Flags = SceneFlags.Narrate,
            Exits = [Exit.Times(ExitReason.Pause, Times)],
        },
        new GuestScene(s_image)
        {
            Title = "no PAUSE exiting: the same loop without an exit",
            PrimaryClear = PrimaryControls.PauseExiting,
            Flags = SceneFlags.Narrate,
            Exits = [Exit.Never(ExitReason.Pause)],
        });

    private static void Body(Part part)
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
