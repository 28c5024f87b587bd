// The screen. While firmware runs it: the text console that belongs to the graphics output, not the firmware's own
// console splitter, which would send every word to the serial port as well. Afterwards: the bare picture, as soon as
// our own page tables show it. What is written goes to the Terminal from the start, so that nothing said before is lost
// on the way.

using System;
using System.Runtime.CompilerServices;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Console;

internal static unsafe class Screen
{
    // What a guest's few bytes may draw in one exit, where they change the whole screen.
    private const int MostLetters = 256;
    private const int MostCells = ScreenLayout.MostColumns * ScreenLayout.MostRows;

    private static SimpleTextOutput* s_text;
    private static ScreenLayout s_layout;
    private static Terminal s_terminal;
    private static Painter s_painter;
    private static Cells s_cells;
    private static Cells s_shown;
    private static bool s_exists;
    private static bool s_isOurs;
    private static bool s_isDrawing;

    private static ScreenFault s_fault;

    // Where the picture lies, in whole pages; empty if there is none.
    public static PhysicalRange Memory
    {
        get
        {
            ulong start = (ulong)s_layout.Start & ~0xFFFUL;
            ulong end = ((ulong)s_layout.Start + s_layout.Bytes + 0xFFF) & ~0xFFFUL;
            return s_exists ? new(new Hpa(start), new Hpa(end), PhysicalKind.Mmio) : default;
        }
    }

    // The firmware's logo goes.
    public static void Open()
    {
        s_fault = ScreenChoice.Find(out s_layout, out s_text);
        s_exists = s_fault == ScreenFault.None && s_layout.Start != null;
        if (s_exists)
        {
            fixed (Cells* cells = &s_cells, shown = &s_shown)
            {
                s_terminal.Open((ushort*)cells, s_layout.Columns, s_layout.Rows);
                s_painter.Open(s_layout, (ushort*)shown);
            }
        }

        if (s_text != null)
        {
            s_text->ClearScreen(s_text);
        }
    }

    public static void Describe()
    {
        if (!s_exists)
        {
            Writer.Log.Text("screen: none that can be drawn to"u8).EndLine();
            return;
        }

        Writer.Log.Text("screen: "u8).Decimal(s_layout.Width).Text("x"u8).Decimal(s_layout.Height).Text(" at "u8)
            .Hex((ulong)s_layout.Start).Text("h, "u8).Decimal(s_layout.PixelBytes).Text(" bytes a pixel, "u8)
            .Decimal((ulong)s_layout.Columns).Text(" columns, "u8).Decimal((ulong)s_layout.Rows)
            .Text(" rows"u8).EndLine();
    }

    // Firmware's console ends with boot services.
    public static void Leave() => s_text = null;

    // From here on the picture may be written to. What was said until now appears again.
    public static void Take()
    {
        if (s_exists && !s_isOurs)
        {
            s_isOurs = s_isDrawing = true;
            s_painter.Clear();
            s_terminal.ChangeAll();
            Show();
        }
    }

    public static void GiveUp(ScreenFault fault)
    {
        s_exists = false;
        s_fault = fault;
        Complain();
    }

    // If there is a screen, and it cannot be used.
    public static void Complain()
    {
        if (s_fault != ScreenFault.None)
        {
            Writer.Log.Text("minusone: the screen stays dark once firmware has left, for "u8)
                .Text(ScreenLayout.Sentence(s_fault)).EndLine();
        }
    }

    // An exception in the middle of drawing: nobody draws again, so that it can be told elsewhere.
    public static void GiveUpIfDrawing() => s_exists &= !s_isDrawing;

    // For Show to show.
    public static void Put(byte value)
    {
        if (s_exists)
        {
            s_terminal.Put(value);
        }
    }

    public static void Show() => Show(int.MaxValue);

    // A part, if that is much; the rest follows the next time.
    public static void ShowPart() => Show(MostLetters);

    public static void Write(Output output, ReadOnlySpan<byte> text)
    {
        if (s_exists && output == Output.Log)
        {
            s_terminal.WriteLog(text);
        }
        else if (s_exists)
        {
            s_terminal.WriteConsole(text);
        }

        Show();
        if (s_text != null)
        {
            WriteThroughFirmware(text);
        }
    }

    private static void Show(int most)
    {
        if (s_exists && s_isOurs)
        {
            s_isDrawing = true;
            s_painter.Show(ref s_terminal, most);
            s_isDrawing = false;
        }
    }

    private static void WriteThroughFirmware(ReadOnlySpan<byte> text)
    {
        char* units = stackalloc char[64];
        int count = 0;
        foreach (byte value in text)
        {
            if (value == '\n')
            {
                units[count++] = '\r';
            }

            units[count++] = value < 0x80 ? (char)value : '?';
            if (count >= 60)
            {
                Flush(units, ref count);
            }
        }

        Flush(units, ref count);
    }

    private static void Flush(char* units, ref int count)
    {
        units[count] = '\0';
        s_text->OutputString(s_text, units);
        count = 0;
    }

    [InlineArray(MostCells)]
    private struct Cells
    {
        private ushort _first;
    }
}
