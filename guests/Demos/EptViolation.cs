// D6: what an EPT violation tells: whether the guest read, wrote or fetched, from which guest-physical address, and
// which linear address led there. Three guests reach behind their memory in the three ways; a fourth only touches a
// page that was not there yet, gets it and goes on. SDM 3C 29.2.1 Basic VM-Exit Information, Exit Qualification for
// EPT Violations.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class EptViolation
{
    // An address behind the memory, at an offset that is easy to find in the report.
    private const int Outside = (int)Layout.MemoryBytes + 0x234;
    private const int Untouched = 0x8_0000;

    public static Guest Guest { get; } = new(
        "ept-violation", "D6", "read, write and fetch behind the memory: qualification and address decoded",
        Config("a read", part => part.Code.mov(eax, __dword_ptr[Outside])),
        Config("a write", part => part.Code.mov(__dword_ptr[Outside], eax)),
        Config("an instruction fetch", part =>
        {
            part.Code.mov(eax, Outside);
            part.Code.jmp(eax);
        }),
        new GuestConfig(Start.Protected(TouchNewPage))
        {
            Title = "a page that is the guest's own, touched for the first time: it is mapped, the write is retried",
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.AtLeast(ExitReason.EptViolation, 1)],
        });

    private static GuestConfig Config(string kind, System.Action<GuestCode> access) => new(Start.Protected(part =>
    {
        part.PrintLine($"{kind} at 0x{Outside:X}, behind the memory");
        access(part);
        part.PrintLine("and nobody minds");
        part.PowerOff();
    }))
    {
        Title = kind,
        Lesson = LessonFeatures.Narrate,
        End = GuestEnd.IllegalAddress,
        Exits = [Exit.AtLeast(ExitReason.EptViolation, 1)],
    };

    private static void TouchNewPage(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(__dword_ptr[Untouched], 0x55);
        c.cmp(__dword_ptr[Untouched], 0x55);
        part.Expect(c.je, "it does not hold what was written");
        part.PrintLine($"wrote at 0x{Untouched:X} and read it back");
        part.PowerOff();
    }
}
