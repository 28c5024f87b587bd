// A7: every port exits. Bit 24 of the primary controls, unconditional I/O exiting, makes IN, OUT, INS and OUTS exits
// whatever the port, with direction, width, port and REP in the qualification. I/O bitmaps (bit 25) outrank it; with
// neither bit the ports of the real machine lie open. SDM 3C 26.6.2 Processor-Based VM-Execution Controls, 29.2.1
// Basic VM-Exit Information.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class AllIo
{
    // Nothing sits here: reads give ones, writes go nowhere.
    private const byte NoDevice = 0xE0;
    private const int StringLength = 4;
    private const uint PlainAccesses = 8;

    private static readonly GuestImage s_image = Start.Protected(Body);

    public static Guest Guest { get; } = new(
        "all-io", "A7", "IN, OUT, INS and OUTS exit on every port, or on none",
        new GuestConfig(s_image)
        {
            Title = "unconditional I/O exiting, no bitmaps: bytes, words, doublewords, strings",
            PrimarySet = PrimaryControls.UnconditionalIoExiting,
            PrimaryClear = PrimaryControls.UseIoBitmaps,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.AtLeast(ExitReason.IoInstruction, s_image.ConsoleCharacters + PlainAccesses + 1)],
        },
        new GuestConfig(Start.Protected(OneAccess))
        {
            Title = "both bits: the bitmap decides, and port 0x80 is clear in it",
            PrimarySet = PrimaryControls.UnconditionalIoExiting | PrimaryControls.UseIoBitmaps,
            Ports = [Intercept.NotPort(0x80)],
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.IoInstruction, 1)],
        },
        new GuestConfig(Start.Protected(Silent))
        {
            Title = "neither bit: the guest reaches the ports of the real machine; it says nothing and halts",
            PrimaryClear = PrimaryControls.UnconditionalIoExiting | PrimaryControls.UseIoBitmaps,
            Lesson = LessonFeatures.Narrate,
            End = GuestEnd.Halted,
            Exits = [Exit.Never(ExitReason.IoInstruction)],
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        part.PrintLine("six plain accesses");
        c.@out(NoDevice, al);
        c.@out(NoDevice, ax);
        c.@out(NoDevice, eax);
        c.@in(al, NoDevice);
        c.@in(ax, NoDevice);
        c.@in(eax, NoDevice);
        c.cmp(eax, -1);
        part.Expect(c.je, "a port without a device does not read as ones");

        part.PrintLine("OUTSB, INSW");
        c.cld();
        c.mov(dx, NoDevice);
        c.mov(esi, Layout.Scratch);
        c.outsb();
        c.mov(edi, Layout.Scratch);
        c.mov(__dword_ptr[edi], 0);
        c.insw();
        c.cmp(__dword_ptr[Layout.Scratch], 0xFFFF);
        part.Expect(c.je, "INSW has not stored two bytes of ones");

        Strings(part);
        part.PrintLine("all as in hardware");
        part.PowerOff();
    }

    private static void Strings(GuestCode part)
    {
        Assembler c = part.Code;
        part.PrintLine("REP OUTSW, REP INSD of four, forwards");
        c.mov(esi, Layout.Scratch);
        c.mov(ecx, StringLength);
        c.rep.outsw();
        ExpectString(part, "REP OUTSW", () => c.cmp(esi, Layout.Scratch + (2 * StringLength)));
        c.mov(edi, Layout.Scratch);
        c.mov(ecx, StringLength);
        c.rep.insd();
        ExpectString(part, "REP INSD", () => c.cmp(edi, Layout.Scratch + (4 * StringLength)));

        part.PrintLine("REP OUTSB of four, backwards");
        c.std();
        c.mov(esi, Layout.Scratch + StringLength);
        c.mov(ecx, StringLength);
        c.rep.outsb();
        c.cld();
        ExpectString(part, "REP OUTSB", () => c.cmp(esi, Layout.Scratch));
    }

    private static void ExpectString(GuestCode part, string name, System.Action compareIndex)
    {
        compareIndex();
        part.Expect(part.Code.je, name + " leaves a wrong index");
        part.Code.test(ecx, ecx);
        part.Expect(part.Code.je, name + " leaves a count");
    }

    private static void OneAccess(GuestCode part)
    {
        part.Code.@out(0x80, al);
        part.PowerOff();
    }

    private static void Silent(GuestCode part)
    {
        part.Code.@in(al, 0x80);
        part.Code.@out(0x80, al);
        part.Halt();
    }
}
