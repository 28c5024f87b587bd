// D12: an exit that nobody handles ends the guest with everything there is to know about it: reason, qualification,
// information fields, registers and the bytes at RIP. Here the hypervisor is told not to know a reason that it does
// know; the contrast is the same instruction, handled. SDM 3C 26.9 VM-Exit Information Fields.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class UnhandledExit
{
    private static readonly GuestImage s_cpuid = Start.Protected(part => Body(part, "CPUID", () =>
    {
        part.Code.xor(eax, eax);
        part.Code.cpuid();
    }));

    private static readonly GuestImage s_out = Start.Protected(part => Body(part, "OUT of AX to port 0xE0", () =>
    {
        part.Code.mov(eax, 0x1234);
        part.Code.@out(0xE0, ax);
    }));

    public static Guest Guest { get; } = new(
        "unhandled-exit", "D12", "an exit that nobody handles surfaces with all its information",
        Surfaced("CPUID as an exit that nobody knows", s_cpuid, ExitReason.Cpuid),
        Surfaced("I/O that nobody knows: even the first character does not get out", s_out, ExitReason.IoInstruction),
        new GuestConfig(s_cpuid)
        {
            Title = "CPUID handled as ever",
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.Cpuid, 1)],
        });

    private static GuestConfig Surfaced(string title, GuestImage image, ExitReason reason) => new(image)
    {
        Title = title,
        Lesson = LessonFeatures.SurfaceExit,
        CaseNumber = (uint)reason,
        End = GuestEnd.UnhandledExit,
        Exits = [Exit.Times(reason, 1)],
    };

    private static void Body(GuestCode part, string name, System.Action instructions)
    {
        part.PrintLine(name);
        part.Code.mov(ebx, 0xB0B0_B0B0);
        part.Code.mov(esi, 0x5151_5151);
        instructions();
        part.PrintLine("handled");
        part.PowerOff();
    }
}
