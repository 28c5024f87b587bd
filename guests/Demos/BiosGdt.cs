// A18: the descriptor table with which a BIOS leaves real mode: null, flat code, flat data, both 4 GiB (limit FFFFF
// pages). The guest loads it, looks at it through SGDT, LSL and LAR, and adds one of 64 KiB for comparison. The
// contrast: with descriptor-table exiting LGDT and SGDT are exits 46. SDM 3A 3.4.5 Segment Descriptors, SDM 3C 26.6.2
// Processor-Based VM-Execution Controls.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class BiosGdt
{
    private const ulong Small = 0x0000_9200_0000_FFFF;
    private const ushort SmallSelector = 0x18;
    private const int Entries = 4;
    private const uint Pseudo = Layout.Scratch;

    private static readonly GuestImage s_image = Image();

    public static Guest Guest { get; } = new(
        "bios-gdt", "A18", "the two flat descriptors of a BIOS, seen by SGDT, LSL and LAR",
        new GuestConfig(s_image)
        {
            Title = "LGDT in real mode, then protected mode",
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Never(ExitReason.GdtrOrIdtrAccess)],
        },
        new GuestConfig(s_image)
        {
            Title = "the same with descriptor-table exiting: LGDT and SGDT are exits",
            SecondarySet = SecondaryControls.DescriptorTableExiting,
            Flags = VmFeatures.OnlyVtx,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.GdtrOrIdtrAccess, 2)],
        });

    private static GuestImage Image()
    {
        var builder = new ImageBuilder(Layout.Image);
        GuestCode real = builder.AddPart(16);
        GuestCode flat = builder.AddPart(32);
        Place table = Bios.Bios.ToProtectedMode(real, flat, Small);
        ShowTable(flat, table);
        ShowSegment(flat, "code", Start.Code32, uint.MaxValue);
        ShowSegment(flat, "data", Start.Data, uint.MaxValue);
        ShowSegment(flat, "64 KiB", SmallSelector, 0xFFFF);
        flat.PowerOff();
        return builder.Build(StartMode.Real);
    }

    private static void ShowTable(GuestCode part, Place table)
    {
        Assembler c = part.Code;
        c.sgdt(__[Pseudo]);
        c.movzx(eax, __word_ptr[Pseudo]);
        part.Print("SGDT: limit 0x");
        part.PrintHex(4);
        c.cmp(eax, (8 * Entries) - 1);
        part.Expect(c.je, "it is not what was loaded");
        c.mov(eax, __dword_ptr[Pseudo + 2]);
        part.Print(", base 0x");
        part.PrintHex(8);
        part.PrintLine("");
        part.LoadAddress(ebx, table);
        c.cmp(eax, ebx);
        part.Expect(c.je, "it is not what was loaded");
    }

    private static void ShowSegment(GuestCode part, string name, ushort selector, uint limit)
    {
        Assembler c = part.Code;
        c.mov(ecx, selector);
        c.lsl(eax, ecx);
        part.Expect(c.je, "LSL refuses the selector");
        part.Print($"{name}, selector 0x{selector:X2}: LSL 0x");
        part.PrintHex(8);
        c.cmp(eax, unchecked((int)limit));
        part.Expect(c.je, "the limit is wrong");
        c.lar(eax, ecx);
        part.Print(", LAR 0x");
        part.PrintHex(8);
        part.PrintLine("");
    }
}
