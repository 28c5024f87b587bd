// What it costs to go from one virtual processor to the next: each PAUSE gives the processor up, and comes back when
// all others have had their turn. So the ticks of a round, by as many guests as run this, are a switch; alone it is the
// exit without one. The report of the guest that began first is the one to read: the others' last rounds see it end.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Bench;

internal static class SwitchGuest
{
    // In the first ones some guests have yet to begin.
    private const int Before = 10;
    private const int Rounds = 1000;

    public static Guest Guest { get; } = new(
        "switch", "", "what a switch of virtual processors costs; give it several times, with --together",
        new GuestConfig(Start.Real(Body))
        {
            MemoryBytes = Layout.Image + 0x1000,
            PrimarySet = PrimaryControls.PauseExiting,
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        Yield(part, Before);
        c.rdtsc();
        c.mov(ebx, eax);
        Yield(part, Rounds);
        c.rdtsc();
        c.sub(eax, ebx);
        part.Print($"ticks of {Rounds} rounds: ");
        part.PrintDecimal();
        part.Print("\n");
        part.PowerOff();
    }

    private static void Yield(GuestCode part, ushort rounds)
    {
        Assembler c = part.Code;
        c.mov(cx, rounds);
        Place next = part.Here();
        c.pause();
        c.dec(cx);
        c.jne(next);
    }
}
