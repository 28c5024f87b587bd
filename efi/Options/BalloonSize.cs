// Whether a guest has a balloon, on or off, or how much it is asked to put there.

using System;

namespace MinusOne.Efi.Options;

internal static class BalloonSize
{
    private const int PageShift = 12;

    public static void Read(OptionText options, ref DeviceOrder order)
    {
        if (options.TryGet("balloon"u8, out ReadOnlySpan<byte> text)
            && TryParse(text, out Choice choice, out uint pages))
        {
            order.Balloon = choice;
            order.BalloonPages = pages;
        }
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out Choice choice, out uint pages)
    {
        pages = 0;
        choice = text.SequenceEqual("on"u8) || text.SequenceEqual("yes"u8) ? Choice.Yes
            : text.SequenceEqual("off"u8) || text.SequenceEqual("no"u8) ? Choice.No
            : Choice.Usual;
        if (choice == Choice.Usual && Number.TryParseSize(text, out ulong bytes) && bytes != 0
            && (bytes & ((1UL << PageShift) - 1)) == 0 && bytes >> PageShift <= uint.MaxValue)
        {
            choice = Choice.Yes;
            pages = (uint)(bytes >> PageShift);
        }

        return choice != Choice.Usual;
    }
}
