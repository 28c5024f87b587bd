// The menu as it is shown when nobody has said what to run: on the screen and on COM1, with the keys of firmware's
// console. One line tells what will start and when; any key stops the clock.

using System;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static unsafe class BootMenu
{
    private const ulong LooksPerSecond = 20;
    private const ulong Microseconds = 1_000_000;
    private const ulong UsualSeconds = 5;
    private const ulong MostSeconds = 3600;
    private const int LineLength = 60;

    // What is to run. Without a console to choose at, or with `menu = 0`, what starts by itself, which may be nothing.
    public static ReadOnlySpan<byte> Choose(OptionText options)
    {
        SimpleTextInput* keys = Services.System->ConIn;
        ulong seconds = UsualSeconds;
        if (options.TryGet("menu"u8, out ReadOnlySpan<byte> text) && Number.TryParse(text, out ulong given))
        {
            seconds = Math.Min(given, MostSeconds);
        }

        return keys == null || seconds == 0
            ? RunOptions.Autostart
            : Choose(keys, new Menu(RunOptions.Autostart, RunOptions.Choices), seconds);
    }

    private static ReadOnlySpan<byte> Choose(SimpleTextInput* keys, Menu menu, ulong seconds)
    {
        Streams.AskForInput();
        for (int i = 0; i < menu.Count; i++)
        {
            Writer.Console.Text("  "u8).Decimal((ulong)i + 1).Text(" "u8).Text(menu[i]).EndLine();
        }

        bool isDone = false;
        ulong looks = seconds * LooksPerSecond;
        while (!isDone && looks != 0)
        {
            if (looks % LooksPerSecond == 0)
            {
                Show(menu, looks / LooksPerSecond);
            }

            InputKey key;
            if (keys->ReadKeyStroke(keys, &key) == EfiStatus.Success)
            {
                isDone = menu.Press(key.Code, key.Unit);
                looks = ulong.MaxValue;
                Show(menu, 0);
            }

            looks -= looks <= MostSeconds * LooksPerSecond ? 1u : 0;
            Services.Boot->Stall(Microseconds / LooksPerSecond);
        }

        Writer.Console.EndLine();
        return menu[menu.Chosen];
    }

    // Over what stood there.
    private static void Show(in Menu menu, ulong seconds)
    {
        ReadOnlySpan<byte> name = menu[menu.Chosen];
        Writer line = Writer.Console.Text("\r"u8);
        line = seconds != 0
            ? line.Decimal(seconds).Text(" s to "u8)
            : line.Text("Enter starts "u8);
        line = line.Decimal((ulong)menu.Chosen + 1).Text(" "u8).Text(name);
        for (int i = name.Length; i < LineLength; i++)
        {
            line = line.Text(" "u8);
        }
    }
}
