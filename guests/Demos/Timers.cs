// All clocks of the board side by side: for two seconds the guest counts the ticks of PIT, local APIC and HPET, and
// then compares them with one another, with the TSC and with the PM timer: idle, under a load of exits, and spinning
// without one. None may drift from the HPET by 100 ppm, no tick may be lost or doubled. SDM 3C 27.5.1 VMX-Preemption
// Timer.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Timers
{
    private const uint Idle = 0, Load = 1, Spin = 2;

    private static readonly GuestImage s_image = Start.Long(Body);

    public static Guest Guest { get; } = new(
        "timers", "", "all clocks agree, and no tick is lost or doubled: idle, loaded, spinning",
        Config("idle: halted between ticks", Idle, Exit.AtLeast(ExitReason.Hlt, 1000)),
        Config("a load of exits: CPUID again and again", Load, Exit.AtLeast(ExitReason.Cpuid, 1000)),
        Config("spinning, with no exit of its own", Spin, Exit.Never(ExitReason.Hlt), Exit.Times(ExitReason.Cpuid, 1)))
    {
        IsExact = true,
    };

    private static GuestConfig Config(string title, uint phase, params ExitExpectation[] exits) => new(s_image)
    {
        Title = title,
        Flags = VmFeatures.Pc,
        Rbx = phase,
        Exits = exits,
    };

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        var clocks = new TimerClocks(part);
        Place idle = part.NewPlace(), load = part.NewPlace(), done = part.NewPlace();
        clocks.Start();
        c.cmp(ebx, (int)Load);
        c.jb(idle);
        c.je(load);
        Place spin = part.Here();
        clocks.IsOver();
        c.jb(spin);
        c.jmp(done);
        part.Mark(load);
        Place again = part.Here();
        c.xor(eax, eax);
        c.cpuid();
        clocks.IsOver();
        c.jb(again);
        c.jmp(done);
        part.Mark(idle);
        c.hlt();
        clocks.IsOver();
        c.jb(idle);
        part.Mark(done);
        clocks.Finish();
        part.PowerOff();
    }
}
