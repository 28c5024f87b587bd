// B2: skipping an illegal instruction. A fault leaves RIP at the instruction, and the exit's instruction length says
// nothing about it, so whoever wants to go on behind it has to decode how long it is. The contrast: reflected, and
// not intercepted at all; in both the guest's own handler sees #UD. SDM 3C 29.2.5 Information for VM Exits Due to
// Instruction Execution.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class SkipIllegal
{
    // UD2; UD1 of registers, and of memory with SIB and displacement; LOCK of a register; and an opcode that 64-bit
    // mode lost.
    private static readonly byte[][] s_illegal =
    [
        [0x0F, 0x0B],
        [0x0F, 0xB9, 0xC0],
        [0x0F, 0xB9, 0x84, 0x24, 0x78, 0x56, 0x34, 0x12],
        [0xF0, 0x01, 0xC0],
        [0x06],
    ];

    private static readonly GuestImage s_handled = Start.Long(Handled);

    public static Guest Guest { get; } = new(
        "skip-illegal", "B2", "illegal instructions of five lengths are skipped, or seen by the guest",
        new GuestConfig(Start.Long(Skipped))
        {
            Title = "#UD intercepted and skipped: the hypervisor decodes the length",
            Exceptions = [ExceptionVector.InvalidOpcode],
            Lesson = LessonFeatures.Narrate | LessonFeatures.SkipExceptions,
            Exits = [Exit.Times(ExitReason.ExceptionOrNmi, (uint)s_illegal.Length)],
        },
        new GuestConfig(s_handled)
        {
            Title = "#UD intercepted and reflected: the guest's handler sees it",
            Exceptions = [ExceptionVector.InvalidOpcode],
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.ExceptionOrNmi, (uint)s_illegal.Length)],
        },
        new GuestConfig(s_handled)
        {
            Title = "#UD not intercepted: the same for the guest, without an exit",
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Never(ExitReason.ExceptionOrNmi).OnVtx()],
        });

    // Each instruction behind an illegal one counts: a wrong length runs into the middle of something.
    private static void Skipped(GuestCode part)
    {
        Assembler c = part.Code;
        c.xor(ebx, ebx);
        foreach (byte[] instruction in s_illegal)
        {
            c.db(instruction);
            c.inc(ebx);
        }

        c.cmp(ebx, s_illegal.Length);
        part.Expect(c.je, "not every instruction behind an illegal one has run");
        part.PrintLine($"went on behind {s_illegal.Length} illegal instructions");
        part.PowerOff();
    }

    private static void Handled(GuestCode part)
    {
        var faults = new Faults(part, ExceptionVector.InvalidOpcode);
        foreach (byte[] instruction in s_illegal)
        {
            faults.Expect(ExceptionVector.InvalidOpcode, () => part.Code.db(instruction));
        }

        part.PrintLine($"{s_illegal.Length} illegal instructions, {s_illegal.Length} times #UD in the guest's handler");
        part.PowerOff();
    }
}
