// The screen as Bochs' RFB server sends it: one byte a pixel, three bits red from bit 0, three green, two blue. Around
// the PC's own screen it draws a tool bar and a status bar, which are not part of a picture of the PC.

using System;

namespace MinusOne.Ovmf.Runner.Screens;

internal sealed class FrameBuffer(int width, int height)
{
    private const int ToolBar = 32;
    private const int StatusBar = 18;

    private readonly byte[] _pixels = new byte[width * height];

    // A rectangle as it came; what lies outside of the screen is dropped.
    public void Draw(int left, int top, int columns, ReadOnlySpan<byte> pixels)
    {
        int visible = Math.Min(columns, width - left);
        for (int row = 0; row < pixels.Length / Math.Max(columns, 1) && visible > 0 && top + row < height; row++)
        {
            pixels.Slice(row * columns, visible).CopyTo(_pixels.AsSpan(((top + row) * width) + left));
        }
    }

    public Picture? ToPicture()
    {
        int rows = height - ToolBar - StatusBar;
        if (rows <= 0 || width == 0)
        {
            return null;
        }

        byte[] colours = new byte[rows * width * Picture.BytesPerPixel];
        for (int i = 0; i < rows * width; i++)
        {
            int pixel = _pixels[(ToolBar * width) + i];
            colours[3 * i] = (byte)((pixel & 7) * 255 / 7);
            colours[(3 * i) + 1] = (byte)(((pixel >> 3) & 7) * 255 / 7);
            colours[(3 * i) + 2] = (byte)((pixel >> 6) * 255 / 3);
        }

        return new Picture(width, rows, colours);
    }
}
