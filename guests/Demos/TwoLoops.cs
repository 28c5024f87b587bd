// A12, A13: two guests that turn interrupts off and count in a loop for ever. No exit of theirs gives the processor
// back; the VMX-preemption timer takes it. How far each counts is its share. SDM 3C 27.5.1 VMX-Preemption Timer.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class TwoLoops
{
    private const uint Milliseconds = 5000;

    public static Guest Guest { get; } = new(
        "two-loops", "A13", "two endless loops with interrupts off share the processor by their weights",
        Loop(1, 20) with { Title = "equal weights", Flags = VmFeatures.WithNext },
        Loop(1, 20),
        Loop(3, 30) with { Title = "weights 3 and 1", Flags = VmFeatures.WithNext },
        Loop(1, 30));

    private static GuestConfig Loop(ushort weight, ushort tolerance) => new(Start.Long(Body))
    {
        Weight = weight,
        Tolerance = tolerance,
        TallyAddress = Layout.Scratch,
        Milliseconds = Milliseconds,
        End = GuestEnd.TimedOut,
    };

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        c.cli();
        c.mov(__qword_ptr[Layout.Scratch], 0);
        Place next = part.Here();
        c.inc(__qword_ptr[Layout.Scratch]);
        c.jmp(next);
    }
}
