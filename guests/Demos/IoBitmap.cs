// A8: one port exits. Port 0x3F8 is bit 0 of byte 127 of bitmap A (0x3F8 = 8 x 127); an access exits if any of the
// ports it covers has its bit set, so a word at 0x3F7 exits too. The contrast: with the bit clear the guest talks to
// the real chip. SDM 3C 26.6.4 I/O-Bitmap Addresses.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class IoBitmap
{
    private const ushort Neighbour = GuestCode.SerialPort - 1;

    private static readonly GuestImage s_image = Start.Protected(Body);
    private static readonly GuestImage s_direct = Start.Protected(Direct);

    public static Guest Guest { get; } = new(
        "io-bitmap", "A8", "port 0x3F8 alone exits; a word at 0x3F7 touches it, port 0x80 does not",
        new GuestConfig(s_image)
        {
            Title = "bitmap A, byte 127, bit 0 (and 0x604, the way out); all other bits are clear",
            PrimarySet = PrimaryControls.UseIoBitmaps,
            Ports = [Intercept.NoPort, Intercept.Port(GuestCode.SerialPort), Intercept.PowerOffPort],
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.IoInstruction, s_image.ConsoleCharacters + 2)],
        },
        new GuestConfig(s_direct)
        {
            Title = "that bit clear as well: the line comes from the guest through the real chip, without an exit",
            PrimarySet = PrimaryControls.UseIoBitmaps,
            Ports = [Intercept.NoPort, Intercept.PowerOffPort],
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.IoInstruction, 1)],
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        part.PrintLine(
            $"0x{GuestCode.SerialPort:X} / 8 = {GuestCode.SerialPort / 8}, remainder {GuestCode.SerialPort % 8}");
        part.PrintLine("this text exits once a character");
        part.PrintLine("a word at 0x3F7 covers 0x3F8: it exits");
        c.mov(dx, Neighbour);
        c.@in(ax, dx);
        part.PrintLine("a byte at 0x3F7, a byte at 0x80, a byte at 0xFFFF: no exit");
        c.@in(al, dx);
        c.@in(al, 0x80);
        c.mov(dx, 0xFFFF);
        c.@in(al, dx);
        part.PowerOff();
    }

    private static void Direct(GuestCode part)
    {
        part.PollLineStatus = true;
        part.PrintLine("printed by the guest itself");
        part.PowerOff();
    }
}
