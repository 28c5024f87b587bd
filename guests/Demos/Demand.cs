// A17: memory that exists only once it is touched. The guest writes to pages all over its memory, each write costs
// one EPT violation and one frame, and reading them all back costs nothing. The second configuration goes one page too
// far. SDM 3C 30.3.3.2 EPT Violations.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Demand
{
    private const int Pages = 64;

    // An odd stride visits every page once, and no two neighbours one after the other.
    private const int Stride = 27;

    // Code, stack and tables lie below.
    private const int FirstPage = 0x10_0000;

    public static Guest Guest { get; } = new(
        "demand", "A17", "pages come into being when they are touched; one past the end is refused",
        new GuestConfig(Start.Long(TouchPages))
        {
            Title = "64 pages all over the memory, each touched for the first time",
            MemoryBytes = 0,
            Lesson = LessonFeatures.MemoryInRbx,
            Exits = [Exit.Between(ExitReason.EptViolation, Pages, Pages + 16)],
        },
        new GuestConfig(Start.Long(TouchPastTheEnd))
        {
            Title = "the first byte behind the memory",
            MemoryBytes = 0,
            Lesson = LessonFeatures.MemoryInRbx,
            End = GuestEnd.IllegalAddress,
        });

    private static void TouchPages(GuestCode part)
    {
        Assembler c = part.Code;
        DistanceOfPages(part);
        EachPage(part, () => c.mov(__qword_ptr[rdi], rdi));
        EachPage(part, () =>
        {
            c.cmp(__qword_ptr[rdi], rdi);
            part.Expect(c.je, "a page has lost what was written to it");
        });
        part.Print("touched ");
        c.mov(eax, Pages);
        part.PrintDecimal();
        part.Print(" pages of ");
        c.mov(rax, rbx);
        c.shr(rax, 12);
        part.PrintDecimal();
        part.PrintLine(", all hold what was written to them");
        part.PowerOff();
    }

    // RBX: memory in bytes. RBP becomes the distance, a multiple of the page size.
    private static void DistanceOfPages(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(rbp, rbx);
        c.sub(rbp, FirstPage);
        part.Expect(c.jae, "this guest wants 2 MiB of memory or more");
        c.shr(rbp, 12);
        c.shr(rbp, (byte)System.Numerics.BitOperations.Log2(Pages));
        part.Expect(c.jne, "this guest wants 2 MiB of memory or more");
        c.shl(rbp, 12);
    }

    private static void EachPage(GuestCode part, System.Action atRdi)
    {
        Assembler c = part.Code;
        c.xor(esi, esi);
        Place next = part.Here();
        c.mov(rdi, rbp);
        c.imul(rdi, rsi);
        c.add(rdi, FirstPage);
        atRdi();
        c.add(esi, Stride);
        c.and(esi, Pages - 1);
        c.jne(next);
    }

    private static void TouchPastTheEnd(GuestCode part)
    {
        part.Print("reading at 0x");
        part.Code.mov(rax, rbx);
        part.PrintHex(12);
        part.PrintLine(", which is not ours");
        part.Code.mov(al, __byte_ptr[rbx]);
        part.PrintLine("and yet it was answered");
        part.PowerOff();
    }
}
