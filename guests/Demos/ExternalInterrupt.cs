// A4: who gets an interrupt of the real machine. The guest spins; the host's timer fires. With external-interrupt
// exiting (pin bit 0) the hypervisor gets it, and with "acknowledge interrupt on exit" the vector as well; without
// the bit the interrupt goes through the guest's own table, as if there were no hypervisor. SDM 3C 26.6.1 Pin-Based
// VM-Execution Controls, 29.2.2 Information for VM Exits Due to Vectored Events.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class ExternalInterrupt
{
    private const byte Vector = 0x41;

    private static readonly GuestImage s_spinUntilTold = Start.Long(SpinUntilTold);

    public static Guest Guest { get; } = new(
        "external-interrupt", "A4", "a timer of the host ends the guest's loop, or reaches the guest itself",
        new GuestConfig(s_spinUntilTold)
        {
            Title = "external-interrupt exiting, vector acknowledged on exit: exit 1 carries it",
            PinSet = PinControls.ExternalInterruptExiting,
            ExitSet = ExitControls.AcknowledgeInterruptOnExit,
            HostVector = Vector,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.AtLeast(ExitReason.ExternalInterrupt, 1)],
        },
        new GuestConfig(s_spinUntilTold)
        {
            Title = "not acknowledged: exit 1 has no vector, the host takes the interrupt after the exit",
            PinSet = PinControls.ExternalInterruptExiting,
            ExitClear = ExitControls.AcknowledgeInterruptOnExit,
            HostVector = Vector,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.AtLeast(ExitReason.ExternalInterrupt, 1)],
        },
        new GuestConfig(Start.Long(TakeItself))
        {
            Title = "no external-interrupt exiting: the host's interrupt arrives in the guest's own handler",
            PinClear = PinControls.ExternalInterruptExiting,
            ExitClear = ExitControls.AcknowledgeInterruptOnExit,
            HostVector = Vector,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Never(ExitReason.ExternalInterrupt)],
        })
    {
        OnlyVtx = "the host's timer, for which it waits, ends time slices on SVM",
    };

    // The hypervisor puts the vector into RAX: that ends the loop.
    private static void SpinUntilTold(GuestCode part)
    {
        Assembler c = part.Code;
        part.PrintLine("spinning with interrupts on until something changes RAX");
        c.xor(eax, eax);
        c.sti();
        Place spin = part.Here();
        c.test(eax, eax);
        c.je(spin);
        c.cli();
        c.cmp(eax, Vector);
        part.Expect(c.je, "RAX is not the vector");
        part.PrintLine($"the hypervisor says: vector 0x{Vector:X}");
        part.PowerOff();
    }

    private static void TakeItself(GuestCode part)
    {
        Assembler c = part.Code;
        var faults = new Faults(part, Vector);
        part.PrintLine("spinning with interrupts on until the handler has counted one");
        faults.ExpectMeanwhile(Vector, () =>
        {
            c.sti();
            Place spin = part.Here();
            c.cmp(__dword_ptr[Faults.Count], 0);
            c.je(spin);
            c.cli();
        });
        part.PrintLine($"the guest's handler for vector 0x{Vector:X} has run");
        part.PowerOff();
    }
}
