// B3: a page fault that comes again and again as long as nothing changes. There are two ways out: move RIP behind the
// instruction, or repair the mapping and retry. A guest that does neither makes no progress, and the watchdog ends
// it. SDM 3A 7.5 Exception Classifications.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class FaultLoop
{
    // The last entry of the table of 1 GiB pages: the guest clears its present bit, so that this page leads nowhere.
    private const uint Entry = Layout.HugePages + (511 * 8);
    private const ulong Page = 511ul << 30;
    private const int Present = 1;

    // The entry maps to the beginning of memory: what is written through it appears in the scratch page.
    private const ulong ScratchBehindPage = Page + Layout.Scratch;

    public static Guest Guest { get; } = new(
        "fault-loop", "B3", "a page fault skipped, repaired, or repeated until the watchdog bites",
        new GuestConfig(Start.Long(Skipped))
        {
            Title = "#PF intercepted and skipped: RIP moves, the load never happens",
            Exceptions = [ExceptionVector.PageFault],
            Lesson = LessonFeatures.Narrate | LessonFeatures.SkipExceptions,
            Exits = [Exit.Times(ExitReason.ExceptionOrNmi, 1)],
        },
        new GuestConfig(Start.Long(Repaired))
        {
            Title = "#PF intercepted and repaired: the present bit is set, the store happens",
            Exceptions = [ExceptionVector.PageFault],
            Lesson = LessonFeatures.Narrate | LessonFeatures.FixPageFaults,
            Exits = [Exit.Times(ExitReason.ExceptionOrNmi, 1)],
        },
        new GuestConfig(Start.Long(Repeated))
        {
            Title = "#PF reflected to a handler that returns and changes nothing: no progress",
            Exceptions = [ExceptionVector.PageFault],
            Lesson = LessonFeatures.Narrate,
            End = GuestEnd.NoProgress,
            Exits = [Exit.AtLeast(ExitReason.ExceptionOrNmi, 2)],
        });

    private static void Skipped(GuestCode part)
    {
        Assembler c = part.Code;
        Unmap(c);
        c.mov(eax, 0x55);
        c.mov(rbx, ScratchBehindPage);
        c.mov(rax, __qword_ptr[rbx]);
        c.cmp(rax, 0x55);
        part.Expect(c.je, "RAX has changed, although the load was skipped");
        part.PrintLine("the load is behind us, and RAX is what it was");
        part.PowerOff();
    }

    private static void Repaired(GuestCode part)
    {
        Assembler c = part.Code;
        Unmap(c);
        c.mov(__qword_ptr[Layout.Scratch], 0);
        c.mov(rbx, ScratchBehindPage);
        c.mov(__qword_ptr[rbx], 0x55);
        c.cmp(__qword_ptr[Layout.Scratch], 0x55);
        part.Expect(c.je, "the store has not arrived");
        c.test(__byte_ptr[Entry], Present);
        part.Expect(c.jne, "the entry is still not present");
        part.PrintLine("the store has arrived through the repaired entry");
        part.PowerOff();
    }

    private static void Repeated(GuestCode part)
    {
        Assembler c = part.Code;
        var faults = new Faults(part, ExceptionVector.PageFault);
        Unmap(c);
        part.PrintLine("reading an unmapped page; the handler will not help");
        c.mov(rbx, ScratchBehindPage);
        faults.ExpectMeanwhile((byte)ExceptionVector.PageFault, () => c.mov(rax, __qword_ptr[rbx]));
        part.PrintLine("and yet it went on");
        part.PowerOff();
    }

    // The page becomes a second view of the first gigabyte, and then absent.
    private static void Unmap(Assembler c)
    {
        c.mov(__qword_ptr[Entry], (int)Start.HugePage & ~Present);
        c.mov(rax, cr3);
        c.mov(cr3, rax);
    }
}
