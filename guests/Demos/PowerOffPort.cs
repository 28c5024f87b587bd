// D9: what is a request for power-off and what is not. It is OUT of a word to port 0x604 with AX = 0x2000, nothing
// else: not a byte, not a doubleword, not another value, not another port; what stands above AX does not matter. The
// power-off port is that of QEMU's ACPI controller (PM1a control, SLP_EN).

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class PowerOffPort
{
    private const ushort Port = GuestCode.PowerOffPort;
    private const int Value = GuestCode.PowerOffValue;

    public static Guest Guest { get; } = new(
        "power-off-port", "D9", "OUT of the word 0x2000 to port 0x604, and everything that is not that",
        new GuestConfig(Start.Long(Body))
        {
            Title = "five that are not, then one that is, with rubbish above AX",
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.AtLeast(ExitReason.IoInstruction, 6)],
        },
        new GuestConfig(Start.Long(NoneOfThem))
        {
            Title = "only those that are not: the guest is left to halt",
            Lesson = LessonFeatures.Narrate,
            End = GuestEnd.Halted,
            Exits = [Exit.Times(ExitReason.Hlt, 1)],
        });

    private static void Body(GuestCode part)
    {
        NotPowerOff(part);
        part.PrintLine("RAX = DEADBEEFCAFE2000: only AX counts");
        part.Code.mov(rax, 0xDEAD_BEEF_CAFE_0000 | Value);
        part.Code.mov(dx, Port);
        part.Code.@out(dx, ax);
        part.Remark("FAILED: still running\n");
        part.Halt();
    }

    private static void NoneOfThem(GuestCode part)
    {
        NotPowerOff(part);
        part.Halt();
    }

    private static void NotPowerOff(GuestCode part)
    {
        Assembler c = part.Code;
        Try(part, "a byte, 0x20, at port 0x605", Port + 1, 0x20, () => c.@out(dx, al));
        Try(part, "a byte, 0x00", Port, Value, () => c.@out(dx, al));
        Try(part, "a doubleword, 0x2000", Port, Value, () => c.@out(dx, eax));
        Try(part, "a word, 0x2001", Port, Value + 1, () => c.@out(dx, ax));
        Try(part, "a word, 0x2000, at port 0x606", Port + 2, Value, () => c.@out(dx, ax));
    }

    private static void Try(GuestCode part, string what, int port, int value, System.Action access)
    {
        part.Code.mov(edx, port);
        part.Code.mov(eax, value);
        access();
        part.PrintLine(what + ": still running");
    }
}
