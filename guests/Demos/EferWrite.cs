// A10: only WRMSR of EFER exits. The bitmap's fourth quarter, at byte 3072, is for writes of C0000000 to C0001FFF;
// EFER is C0000080, so its bit is 3072 x 8 + 0x80 = 24704. Taken as a decimal 80 the sum is 24656: that is the bit of
// C0000050, which no processor has, and writes of EFER pass unseen. SDM 3C 26.6.9 MSR-Bitmap Address.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class EferWrite
{
    private const int WritesHigh = 3072 * 8;
    private const int Bit = WritesHigh + 0x80;
    private const int DecimalSlip = WritesHigh + 80;
    private const Msr WrongMsr = (Msr)(0xC000_0000 + DecimalSlip - WritesHigh);

    private static readonly InterceptRange[] s_nothing =
        [Intercept.NotMsr(Msr.Efer), Intercept.NotMsrs(Msr.FsBase, Msr.GsBase)];

    // On its way to long mode the guest reads and writes EFER once, before anything below.
    private const uint WritesAtStart = 1;

    public static Guest Guest { get; } = new(
        "efer-write", "A10", "writes of EFER exit, nothing else does; and why the bit is 24704, not 24656",
        new GuestConfig(Start.Long(WriteEfer))
        {
            Title = $"bit {Bit} of the bitmap: 3072 x 8 + 0x80",
            Msrs = [.. s_nothing, Intercept.MsrWrites(Msr.Efer)],
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Never(ExitReason.Rdmsr), Exit.Times(ExitReason.Wrmsr, WritesAtStart + 2)],
        },
        new GuestConfig(Start.Long(WriteBoth))
        {
            Title = $"bit {DecimalSlip}, 3072 x 8 + 80 in decimal: WRMSR of {(uint)WrongMsr:X} exits, of EFER does not",
            Msrs = [.. s_nothing, Intercept.MsrWrites(WrongMsr)],
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Never(ExitReason.Rdmsr), Exit.Times(ExitReason.Wrmsr, 1)],
        })
    {
        OnlyVtx = "SVM demands a bit in EFER that a guest must not see, so reading it exits as well",
    };

    private static void WriteEfer(GuestCode part)
    {
        ToggleSyscall(part);
        Assembler c = part.Code;
        c.mov(ecx, (uint)Msr.FsBase);
        c.rdmsr();
        c.wrmsr();
        part.PrintLine("read and wrote FS_BASE: its bits are clear");
        part.PowerOff();
    }

    private static void WriteBoth(GuestCode part)
    {
        ToggleSyscall(part);
        var faults = new Faults(part, ExceptionVector.GeneralProtection);
        faults.Expect(ExceptionVector.GeneralProtection, () =>
        {
            part.Code.mov(ecx, (uint)WrongMsr);
            part.Code.wrmsr();
        });
        part.PrintLine($"wrote MSR {(uint)WrongMsr:X}: #GP, there is no such register");
        part.PowerOff();
    }

    private static void ToggleSyscall(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(ecx, (uint)Msr.Efer);
        for (int i = 0; i < 2; i++)
        {
            c.rdmsr();
            c.xor(eax, (int)Efer.SyscallEnable);
            c.mov(ebx, eax);
            c.wrmsr();
            c.rdmsr();
            c.cmp(eax, ebx);
            part.Expect(c.je, "EFER does not hold what was written");
        }

        part.PrintLine("turned EFER.SCE on and off, reading it back each time");
    }
}
