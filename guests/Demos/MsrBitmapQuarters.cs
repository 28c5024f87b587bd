// D3: the four quarters of the MSR bitmap: reads of 0 to 1FFF, reads of C0000000 to C0001FFF, and the same for
// writes. As in the vCPU library, 0xE1 and the x2APIC's 0x800 to 0x83F exit. What lies outside both ranges has no bit
// and always exits; what does not exist gives #GP. SDM 3C 26.6.9 MSR-Bitmap Address.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class MsrBitmapQuarters
{
    // Neighbours of the ranges, below and above.
    private const Msr BehindLow = (Msr)0x2000;
    private const Msr BetweenRanges = (Msr)0x4000_0000;
    private const Msr BehindHigh = (Msr)0xC000_2000;

    // Sure to be readable without an exit: the VMCS holds them. EFER is read and written on the way to long mode.
    private static readonly InterceptRange[] s_open =
    [
        Intercept.NotMsr(Msr.Efer),
        Intercept.NotMsrs(Msr.SysenterCs, Msr.SysenterEip),
        Intercept.NotMsrs(Msr.FsBase, Msr.GsBase),
    ];

    private static readonly GuestImage s_image = Start.Long(Body);

    public static Guest Guest { get; } = new(
        "msr-bitmap-quarters", "D3", "four quarters of 1 KiB; 0xE1 and 0x800-0x83F exit, what is outside always does",
        new GuestConfig(s_image)
        {
            Title = "0xE1 and 0x800-0x83F exit; FS_BASE exits when written, SYSENTER_ESP when read",
            Msrs =
            [
                .. s_open,
                Intercept.Msr(Msr.UmwaitControl),
                Intercept.Msrs(Msr.X2ApicBase, Msr.X2ApicSelfIpi),
                Intercept.MsrWrites(Msr.FsBase),
                Intercept.MsrReads(Msr.SysenterEsp),
            ],
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.Rdmsr, 7), Exit.Times(ExitReason.Wrmsr, 1)],
        },
        new GuestConfig(s_image)
        {
            Title = "FS_BASE and SYSENTER_ESP clear in all quarters: only what has no bit, or must have one, exits",
            Msrs = [.. s_open, Intercept.Msr(Msr.UmwaitControl), Intercept.Msrs(Msr.X2ApicBase, Msr.X2ApicSelfIpi)],
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.Rdmsr, 6), Exit.Never(ExitReason.Wrmsr)],
        })
    {
        OnlyVtx = "the map of SVM has two bits for each MSR, and a third range",
    };

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        var faults = new Faults(part, ExceptionVector.GeneralProtection);
        part.PrintLine("reading and writing SYSENTER_ESP and FS_BASE");
        foreach (Msr register in new[] { Msr.SysenterEsp, Msr.FsBase })
        {
            c.mov(ecx, (uint)register);
            c.rdmsr();
            c.wrmsr();
        }

        part.PrintLine("reading E1, 800 and 83F: there or #GP, as the machine has them");
        foreach (Msr register in new[] { Msr.UmwaitControl, Msr.X2ApicBase, Msr.X2ApicSelfIpi })
        {
            c.mov(ecx, (uint)register);
            faults.Allow(c.rdmsr);
        }

        part.PrintLine("reading 2000, 40000000 and C0002000, which have no bit: exits, and #GP");
        foreach (Msr register in new[] { BehindLow, BetweenRanges, BehindHigh })
        {
            c.mov(ecx, (uint)register);
            faults.Expect(ExceptionVector.GeneralProtection, c.rdmsr);
        }

        part.PowerOff();
    }
}
