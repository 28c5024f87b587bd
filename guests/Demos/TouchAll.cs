// All of 256 MiB, a byte of every page: first with a leaf for each page, then with large leaves where memory is used
// densely. The guest cannot tell the difference but by its clock; the exits and the report can. At the end it calls a
// function in one of these pages, which makes its 2 MiB small again on processors that want code so. SDM 3C 30.3.2 EPT
// Translation Mechanism.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class TouchAll
{
    private const uint PageBytes = 4096;
    private const uint MemoryBytes = 256 << 20;

    // Code, stack, tables, and the hole of a PC lie below.
    private const uint First = 1 << 20;
    private const uint Pages = (MemoryBytes - First) / PageBytes;

    public static Guest Guest { get; } = new(
        "touch-all", "", "all of 256 MiB is touched: an exit for each page, and then few for large pages",
        Config("65,280 pages, a leaf for each", VmFeatures.None, Pages, Pages + 16),
        Config("the same, with leaves of 2 MiB", VmFeatures.LargePages, Pages / 128, 1999));

    private static GuestConfig Config(string title, VmFeatures flags, uint least, uint most) => new(Start.Long(Touch))
    {
        Title = title,
        MemoryBytes = MemoryBytes,
        Flags = flags,
        Exits = [Exit.Between(ExitReason.EptViolation, least, most)],
    };

    private static void Touch(GuestCode part)
    {
        Assembler c = part.Code;
        c.rdtsc();
        c.mov(ebp, eax);
        EachPage(part, () => c.mov(__qword_ptr[rdi], rdi));
        c.rdtsc();
        c.sub(eax, ebp);
        c.xor(edx, edx);
        c.mov(ecx, Pages);
        c.div(ecx);
        c.mov(ebp, eax);
        EachPage(part, () =>
        {
            c.cmp(__qword_ptr[rdi], rdi);
            part.Expect(c.je, "a page has lost what was written to it");
            c.cmp(__qword_ptr[rdi + 8], 0);
            part.Expect(c.je, "a page was not clear");
        });
        Call(part);
        part.Print("touched ");
        c.mov(eax, Pages);
        part.PrintDecimal();
        part.Print(" pages, ");
        c.mov(eax, ebp);
        part.PrintDecimal();
        part.PrintLine(" ticks each; all hold what was written to them");
        part.PowerOff();
    }

    // Code in the middle of it all: RET.
    private static void Call(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(edi, MemoryBytes / 2);
        c.mov(__byte_ptr[rdi], 0xC3);
        c.call(rdi);
    }

    private static void EachPage(GuestCode part, System.Action atRdi)
    {
        Assembler c = part.Code;
        c.mov(edi, First);
        Place next = part.Here();
        atRdi();
        c.add(rdi, (int)PageBytes);
        c.cmp(rdi, (int)MemoryBytes);
        c.jb(next);
    }
}
