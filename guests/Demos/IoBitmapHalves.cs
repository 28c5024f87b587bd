// D2: the two pages of the I/O bitmaps, A for ports 0 to 7FFF, B for 8000 to FFFF. The last port of A and the first
// of B exit, and the power-off port; an access exits if any port that it covers does. A word at FFFF wraps around to
// port 0 and always exits. SDM 3C 26.6.4 I/O-Bitmap Addresses, 27.1.3 Instructions That Cause VM Exits Conditionally.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class IoBitmapHalves
{
    private static readonly (ushort Port, int Bytes, bool Exits)[] s_accesses =
    [
        (0x7FFD, 2, false),
        (0x7FFE, 1, false),
        (0x7FFE, 2, true),
        (0x7FFF, 1, true),
        (0x7FFF, 2, true),
        (0x7FFC, 4, true),
        (0x8000, 1, true),
        (0x8001, 1, false),
        (0x8001, 4, false),
        (0xFFFF, 1, false),
        (0xFFFF, 2, true),
    ];

    private static readonly GuestImage s_image = Start.Protected(Body);

    public static Guest Guest { get; } = new(
        "io-bitmap-halves", "D2", "bitmap A up to port 7FFF, B from 8000, and accesses across the edge",
        new GuestConfig(s_image)
        {
            Title = "bits of 7FFF (A, byte 4095, bit 7), 8000 (B, byte 0, bit 0), 604, and the console",
            PrimarySet = PrimaryControls.UseIoBitmaps,
            Ports = [Intercept.NoPort, Intercept.ConsolePorts, Intercept.PowerOffPort, Intercept.Port(0x7FFF, 0x8000)],
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.IoInstruction, s_image.ConsoleCharacters + ExitingAccesses() + 1)],
        },
        new GuestConfig(s_image)
        {
            Title = "without the two: the same accesses, but for the one that wraps around",
            PrimarySet = PrimaryControls.UseIoBitmaps,
            Ports = [Intercept.NoPort, Intercept.ConsolePorts, Intercept.PowerOffPort],
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.IoInstruction, s_image.ConsoleCharacters + 1 + 1)],
        });

    private static uint ExitingAccesses()
    {
        uint count = 0;
        foreach ((_, _, bool exits) in s_accesses)
        {
            count += exits ? 1u : 0;
        }

        return count;
    }

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        foreach ((ushort port, int bytes, bool exits) in s_accesses)
        {
            part.PrintLine($"IN of {bytes} at {port:X4}{(exits ? ": touches a bit" : "")}");
            c.mov(edx, port);
            switch (bytes)
            {
                case 1: c.@in(al, dx); break;
                case 2: c.@in(ax, dx); break;
                default: c.@in(eax, dx); break;
            }
        }

        part.PowerOff();
    }
}
