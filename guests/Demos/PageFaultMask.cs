// A6: which page faults of the guest exit. Bit 14 of the exception bitmap is only half of the answer: error code AND
// mask is compared with match, and the bit says whether equal or unequal faults exit. Four settings, the same four
// faults; the guest sees all of them in every case, reflected with CR2. SDM 3C 26.6.3 Exception Bitmap, 27.2 Other
// Causes of VM Exits.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class PageFaultMask
{
    // Bit 1 of a page fault's error code.
    private const uint Write = 2;

    // The first address behind the 512 GiB that are mapped.
    private const ulong Hole = 0x80_0000_0000;
    private const int Reads = 2;
    private const int Writes = 2;

    private static readonly GuestImage s_image = Start.Long(Body);

    public static Guest Guest { get; } = new(
        "page-fault-mask", "A6", "mask and match choose which page faults exit; all are reflected",
        Config("bit 14 set, mask 0, match 0: 0 = 0, all faults exit", true, 0, 0, Reads + Writes),
        Config("bit 14 set, mask 2, match 2: writes exit", true, Write, Write, Writes),
        Config("bit 14 clear, mask 2, match 2: inverted, all but writes exit", false, Write, Write, Reads),
        Config("bit 14 set, mask 0, match FFFFFFFF: 0 is never that, none exit", true, 0, uint.MaxValue, 0))
    {
        OnlyVtx = "an intercept of SVM takes all page faults or none",
    };

    private static GuestConfig Config(string title, bool bit, uint mask, uint match, uint exits) => new(s_image)
    {
        Title = title,
        Exceptions = bit ? [ExceptionVector.PageFault] : [],
        PageFaultMask = mask,
        PageFaultMatch = match,
        Lesson = LessonFeatures.Narrate,
        Exits = [Exit.Times(ExitReason.ExceptionOrNmi, exits)],
    };

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        var faults = new Faults(part, ExceptionVector.PageFault);
        c.mov(rbx, Hole);
        for (int i = 0; i < Reads; i++)
        {
            c.add(rbx, 8);
            faults.Expect(ExceptionVector.PageFault, () => c.mov(rax, __qword_ptr[rbx]));
            Compare(part, 0);
        }

        for (int i = 0; i < Writes; i++)
        {
            c.add(rbx, 8);
            faults.Expect(ExceptionVector.PageFault, () => c.mov(__qword_ptr[rbx], rax));
            Compare(part, Write);
        }

        part.PrintLine($"{Reads} reads and {Writes} writes of an unmapped page: the handler saw each, CR2 was right");
        part.PowerOff();
    }

    private static void Compare(GuestCode part, uint error)
    {
        Assembler c = part.Code;
        c.cmp(__qword_ptr[Faults.Address], rbx);
        part.Expect(c.je, "CR2 is not the address");
        c.cmp(__dword_ptr[Faults.Error], error);
        part.Expect(c.je, "the error code is wrong");
    }
}
