// Puts the cells of a Terminal on the glass, and only those that differ from what is there: what is there is kept in
// ordinary memory, so that video memory, which is slow to read, is never read. A line of pixels is written from left to
// right through all letters of a row, as write-combining wants it.

using System;
using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Console;

internal unsafe struct Painter
{
    private ScreenLayout _layout;
    private ushort* _shown;
    private Palette _palette;

    // The colours of ECMA-48 in their order, dark and bright.
    private static ReadOnlySpan<uint> Colours =>
    [
        0x000000, 0xC83232, 0x32B432, 0xBE9628, 0x5078E6, 0xB450C8, 0x28AAB4, 0xC8C8C8,
        0x707070, 0xFF6464, 0x64E664, 0xF5DC5A, 0x82AAFF, 0xF08CFF, 0x64E6F0, 0xFFFFFF,
    ];

    // `shown` has room for all cells of this layout.
    public void Open(in ScreenLayout layout, ushort* shown)
    {
        _layout = layout;
        _shown = shown;
        for (int i = 0; i < Colours.Length; i++)
        {
            _palette[i] = layout.Pixel(Colours[i]);
        }
    }

    // Makes the whole picture black, whatever stood there.
    public readonly void Clear()
    {
        int length = (int)(_layout.Width * _layout.PixelBytes);
        for (uint line = 0; line < _layout.Height; line++)
        {
            new Span<byte>(_layout.Start + ((ulong)line * _layout.Pitch), length).Clear();
        }

        new Span<ushort>(_shown, _layout.Columns * _layout.Rows).Fill(' ' | (Terminal.UsualColours << 8));
    }

    // Says how many letters that were. Those beyond `most` stay changed, for the next time.
    public int Show(ref Terminal terminal, int most)
    {
        int drawn = 0;
        int row = terminal.FirstChanged;
        for (; row < terminal.EndChanged; row++)
        {
            ushort* cells = terminal.Row(row);
            ushort* shown = _shown + (row * terminal.Columns);
            int end = terminal.Columns;
            int start = 0;
            while (start < end && cells[start] == shown[start])
            {
                start++;
            }

            while (end > start && cells[end - 1] == shown[end - 1])
            {
                end--;
            }

            int count = Math.Min(end - start, most - drawn);
            if (count > 0)
            {
                Draw(row, start, cells + start, count);
                new ReadOnlySpan<ushort>(cells + start, count).CopyTo(new Span<ushort>(shown + start, count));
                drawn += count;
            }

            if (start + count < end)
            {
                break;
            }
        }

        terminal.Rest(row);
        return drawn;
    }

    private void Draw(int row, int column, ushort* cells, int count)
    {
        uint scale = _layout.Scale;
        ulong left = (ulong)column * Letters.Width * scale * _layout.PixelBytes;
        byte* line = _layout.Start + ((ulong)row * Letters.Height * scale * _layout.Pitch) + left;
        for (uint y = 0; y < Letters.Height * scale; y++, line += _layout.Pitch)
        {
            if (_layout.PixelBytes == sizeof(uint) && scale == 1)
            {
                DrawPlain((uint*)line, cells, count, (int)y);
            }
            else
            {
                DrawScaled(line, cells, count, (int)(y / scale));
            }
        }
    }

    // The usual picture: a dot is a word.
    private void DrawPlain(uint* pixel, ushort* cells, int count, int y)
    {
        for (ushort* end = cells + count; cells < end; cells++, pixel += Letters.Width)
        {
            uint ink = _palette[(*cells >> 8) & 15];
            uint ground = _palette[*cells >> 12];
            int bits = Letters.Line((byte)*cells, y);
            for (int x = 0; x < Letters.Width; x++)
            {
                pixel[x] = (bits & (0x80 >> x)) != 0 ? ink : ground;
            }
        }
    }

    private void DrawScaled(byte* pixel, ushort* cells, int count, int y)
    {
        uint bytes = _layout.PixelBytes;
        for (ushort* end = cells + count; cells < end; cells++)
        {
            int bits = Letters.Line((byte)*cells, y);
            for (int x = 0; x < Letters.Width; x++)
            {
                uint colour = _palette[(bits & (0x80 >> x)) != 0 ? (*cells >> 8) & 15 : *cells >> 12];
                for (uint i = 0; i < _layout.Scale; i++, pixel += bytes)
                {
                    Put(pixel, colour, bytes);
                }
            }
        }
    }

    private static void Put(byte* pixel, uint colour, uint bytes)
    {
        switch (bytes)
        {
            case sizeof(uint):
                *(uint*)pixel = colour;
                break;
            case sizeof(ushort):
                *(ushort*)pixel = (ushort)colour;
                break;
            default:
                pixel[0] = (byte)colour;
                if (bytes == 3)
                {
                    pixel[1] = (byte)(colour >> 8);
                    pixel[2] = (byte)(colour >> 16);
                }

                break;
        }
    }

    [InlineArray(16)]
    private struct Palette
    {
        private uint _first;
    }
}
