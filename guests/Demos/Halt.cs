// A2: HLT exiting, bit 7 of the primary controls. With the bit HLT is an exit, and the hypervisor decides what comes
// next. Without it the virtual processor really halts: no exit comes from the instruction, and only the timer gives
// control back. SDM 3C 26.6.2 Processor-Based VM-Execution Controls, 28.7.2 Activity State.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Halt
{
    private const int Times = 3;

    public static Guest Guest { get; } = new(
        "halt", "A2", "HLT exits and is resumed behind it; without the bit the processor halts",
        new GuestConfig(Start.Real(HaltAndGoOn))
        {
            Title = "HLT exiting: every HLT is exit 12, and the hypervisor goes on behind it",
            PrimarySet = PrimaryControls.HltExiting,
            Lesson = LessonFeatures.Narrate | LessonFeatures.ResumeAfterHalt,
            Exits = [Exit.Times(ExitReason.Hlt, Times)],
        },
        new GuestConfig(Start.Real(HaltForGood))
        {
            Title = "no HLT exiting: the processor halts without an exit; only the timer notices",
            PrimaryClear = PrimaryControls.HltExiting,
            Flags = VmFeatures.OnlyVtx,
            Lesson = LessonFeatures.Narrate,
            End = GuestEnd.Halted,
            Exits = [Exit.Never(ExitReason.Hlt), Exit.AtLeast(ExitReason.PreemptionTimerExpired, 1)],
        });

    private static void HaltAndGoOn(GuestCode part)
    {
        for (int i = 1; i <= Times; i++)
        {
            part.PrintLine($"halt {i} of {Times}");
            part.Code.hlt();
        }

        part.PrintLine("went on behind all of them");
        part.PowerOff();
    }

    private static void HaltForGood(GuestCode part)
    {
        part.PrintLine("halting with interrupts off");
        part.Code.hlt();
        part.PrintLine("something has woken the processor");
        part.PowerOff();
    }
}
