// B1: the least a guest can do. It is loaded, entered once, asks for power-off, and that is its only exit.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class PowerOff
{
    public static Guest Guest { get; } = new(
        "poweroff", "B1", "the smallest guest: one entry, one exit, power-off",
        new GuestConfig(Start.Real(Body))
        {
            Exits = [Exit.Times(ExitReason.IoInstruction, 1)],
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(dx, GuestCode.PowerOffPort);
        c.mov(ax, GuestCode.PowerOffValue);
        c.@out(dx, ax);
    }
}
