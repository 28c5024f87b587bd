// D8: what an external-interrupt exit tells. The interruption information holds the vector that was acknowledged, and
// its type says external; three different vectors of the host's timer show up as they are. SDM 3C 29.2.2 Information
// for VM Exits Due to Vectored Events.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class InterruptVector
{
    // The lowest that is no exception, one in the middle, one near the end.
    private static readonly byte[] s_vectors = [0x20, 0x81, 0xEF];

    public static Guest Guest { get; } = new(
        "interrupt-vector", "D8", "the exit information names the vector of a host interrupt",
        System.Array.ConvertAll(s_vectors, Config))
    {
        OnlyVtx = "the host's timer, for which it waits, ends time slices on SVM",
    };

    private static GuestConfig Config(byte vector) => new(Start.Protected(part => Body(part, vector)))
    {
        Title = $"the host's timer uses vector 0x{vector:X}: information 0x800000{vector:X2}",
        PinSet = PinControls.ExternalInterruptExiting,
        ExitSet = ExitControls.AcknowledgeInterruptOnExit,
        HostVector = vector,
        Lesson = LessonFeatures.Narrate,
        Exits = [Exit.AtLeast(ExitReason.ExternalInterrupt, 1)],
    };

    private static void Body(GuestCode part, byte vector)
    {
        Assembler c = part.Code;
        c.xor(eax, eax);
        c.sti();
        Place spin = part.Here();
        c.test(eax, eax);
        c.je(spin);
        c.cli();
        c.cmp(eax, vector);
        part.Expect(c.je, "RAX is not the vector");
        part.PrintLine($"the hypervisor says: vector 0x{vector:X}");
        part.PowerOff();
    }
}
