// A9: every RDMSR and WRMSR exits, by two ways that look the same from inside: no MSR bitmap at all (bit 28 of the
// primary controls clear), or a bitmap full of ones. The contrast: five registers that the VMCS holds anyway pass
// through. SDM 3C 26.6.9 MSR-Bitmap Address.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class AllMsrs
{
    private static readonly Msr[] s_registers =
        [Msr.SysenterCs, Msr.SysenterEsp, Msr.SysenterEip, Msr.FsBase, Msr.GsBase];

    private static readonly GuestImage s_image = Start.Protected(Body);

    public static Guest Guest { get; } = new(
        "all-msrs", "A9", "all MSR accesses exit: without a bitmap, or with one full of ones",
        new GuestConfig(s_image)
        {
            Title = "no MSR bitmap: every RDMSR is exit 31, every WRMSR exit 32",
            PrimaryClear = PrimaryControls.UseMsrBitmaps,
            Lesson = LessonFeatures.Narrate,
            Exits = Counts(2, 1),
        },
        new GuestConfig(s_image)
        {
            Title = "an MSR bitmap full of ones: the same",
            PrimarySet = PrimaryControls.UseMsrBitmaps,
            Msrs = [Intercept.Msrs(0, (Msr)0x1FFF), Intercept.Msrs((Msr)0xC000_0000, (Msr)0xC000_1FFF)],
            Lesson = LessonFeatures.Narrate,
            Exits = Counts(2, 1),
        },
        new GuestConfig(s_image)
        {
            Title = "the five registers clear in the bitmap: no exit",
            PrimarySet = PrimaryControls.UseMsrBitmaps,
            Msrs = [Intercept.NotMsrs(Msr.SysenterCs, Msr.SysenterEip), Intercept.NotMsrs(Msr.FsBase, Msr.GsBase)],
            Lesson = LessonFeatures.Narrate,
            Exits = Counts(0, 0),
        });

    private static ExitExpectation[] Counts(uint reads, uint writes) =>
    [
        Exit.Times(ExitReason.Rdmsr, reads * (uint)s_registers.Length),
        Exit.Times(ExitReason.Wrmsr, writes * (uint)s_registers.Length),
    ];

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        foreach (Msr register in s_registers)
        {
            c.mov(ecx, (uint)register);
            c.rdmsr();
            c.mov(eax, 0x1230 | ((uint)register & 7));
            c.xor(edx, edx);
            c.mov(ebx, eax);
            c.wrmsr();
            c.rdmsr();
            c.cmp(eax, ebx);
            part.Expect(c.je, $"MSR 0x{(uint)register:X} does not hold what was written");
        }

        part.PrintLine($"read, wrote and read back {s_registers.Length} registers");
        part.PowerOff();
    }
}
