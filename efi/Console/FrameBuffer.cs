// Text on the bare frame buffer, once firmware is gone. At the bottom it begins again at the top and clears a line
// ahead, as a terminal without memory does: scrolling would read the slow side of video memory.

using System;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Console;

internal static unsafe class FrameBuffer
{
    private const uint Ink = 0x00C8_C8C8;

    private static uint* s_pixels;
    private static uint s_pitch;
    private static int s_columns;
    private static int s_lines;
    private static int s_column;
    private static int s_line;

    // While firmware is there: where the pixels are. A mode without a linear frame buffer is left alone.
    public static void Open(GraphicsOutput* output)
    {
        if (output == null || output->Mode->Information->PixelFormat == PixelFormat.BltOnly || !Font.TryCapture())
        {
            return;
        }

        GraphicsModeInformation* mode = output->Mode->Information;
        s_pixels = (uint*)output->Mode->FrameBufferBase;
        s_pitch = mode->PixelsPerScanLine;
        s_columns = (int)(mode->HorizontalResolution / Font.Width);
        s_lines = (int)(mode->VerticalResolution / Font.Height);
    }

    public static void Clear()
    {
        for (int line = 0; s_pixels != null && line < s_lines; line++)
        {
            ClearLine(line);
        }
    }

    public static void Write(ReadOnlySpan<byte> text)
    {
        if (s_pixels == null)
        {
            return;
        }

        foreach (byte character in text)
        {
            if (character == '\n' || s_column == s_columns)
            {
                NextLine();
            }

            if (character == '\r')
            {
                s_column = 0;
            }
            else if (character >= ' ')
            {
                Draw(character);
                s_column++;
            }
        }
    }

    private static void NextLine()
    {
        s_column = 0;
        s_line = s_line + 1 == s_lines ? 0 : s_line + 1;
        ClearLine(s_line);
        ClearLine(s_line + 1 == s_lines ? 0 : s_line + 1);
    }

    private static void ClearLine(int line) =>
        new Span<uint>(s_pixels + ((ulong)line * Font.Height * s_pitch), (int)(Font.Height * s_pitch)).Clear();

    private static void Draw(byte character)
    {
        uint* pixel = s_pixels + ((ulong)s_line * Font.Height * s_pitch) + (s_column * Font.Width);
        for (int y = 0; y < Font.Height; y++, pixel += s_pitch)
        {
            int bits = Font.Row(character, y);
            for (int x = 0; x < Font.Width; x++)
            {
                pixel[x] = (bits & (0x80 >> x)) != 0 ? Ink : 0;
            }
        }
    }
}
