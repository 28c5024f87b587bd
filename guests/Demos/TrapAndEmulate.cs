// C4: trap and emulate. An instruction is sensitive if its result depends on who owns the machine; a hypervisor wants
// each of those to trap. CPUID always does; RDTSC, SGDT, SIDT, SLDT, STR, CR3 and INVLPG do with a control bit; POPF
// never does, which is why x86 could not be virtualised this way before VT-x gave IF a home in the VMCS. SDM 3C
// 27.1.2 Instructions That Cause VM Exits Unconditionally, 27.1.3 Instructions That Cause VM Exits Conditionally.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class TrapAndEmulate
{
    private const PrimaryControls Conditional =
        PrimaryControls.RdtscExiting | PrimaryControls.Cr3LoadExiting | PrimaryControls.Cr3StoreExiting
        | PrimaryControls.InvlpgExiting;

    private static readonly GuestImage s_image = Start.Long(Body);

    public static Guest Guest { get; } = new(
        "trap-and-emulate", "C4", "which sensitive instructions trap: all, only some, never",
        new GuestConfig(s_image)
        {
            Title = "every control bit that there is for them",
            PrimarySet = Conditional,
            SecondarySet = SecondaryControls.DescriptorTableExiting,
            Flags = VmFeatures.OnlyVtx,
            Lesson = LessonFeatures.Narrate,
            Exits = Counts(1, 3),
        },
        new GuestConfig(s_image)
        {
            Title = "none of these bits: only CPUID traps",
            PrimaryClear = Conditional,
            SecondaryClear = SecondaryControls.DescriptorTableExiting,
            Lesson = LessonFeatures.Narrate,
            Exits = Counts(0, 0),
        });

    // The way to long mode loads CR3 once and GDTR once.
    private static ExitExpectation[] Counts(uint one, uint three) =>
    [
        Exit.Times(ExitReason.Cpuid, 1),
        Exit.Times(ExitReason.Rdtsc, one),
        Exit.Times(ExitReason.GdtrOrIdtrAccess, three),
        Exit.Times(ExitReason.LdtrOrTrAccess, 2 * one),
        Exit.Times(ExitReason.ControlRegisterAccess, three).OnVtx(),
        Exit.Times(ExitReason.Invlpg, one),
    ];

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        Say(part, "CPUID", () =>
        {
            c.xor(eax, eax);
            c.cpuid();
        });
        Say(part, "RDTSC", c.rdtsc);
        Say(part, "SGDT", () => c.sgdt(__[Layout.Scratch]));
        Say(part, "SIDT", () => c.sidt(__[Layout.Scratch]));
        Say(part, "SLDT", () => c.sldt(eax));
        Say(part, "STR", () => c.str(eax));
        Say(part, "MOV from and to CR3", () =>
        {
            c.mov(rax, cr3);
            c.mov(cr3, rax);
        });
        Say(part, "INVLPG", () => c.invlpg(__byte_ptr[Layout.Scratch]));
        Say(part, "POPF that sets and clears IF", () =>
        {
            c.pushfq();
            c.pop(rax);
            c.or(eax, (int)Rflags.InterruptEnable);
            c.push(rax);
            c.popfq();
            c.and(eax, ~(int)Rflags.InterruptEnable);
            c.push(rax);
            c.popfq();
        });
        part.PowerOff();
    }

    private static void Say(GuestCode part, string name, System.Action instructions)
    {
        part.PrintLine(name);
        instructions();
    }
}
